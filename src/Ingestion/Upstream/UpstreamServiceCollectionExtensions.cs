using Ingestion.Records;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Ingestion.Upstream;

/// <summary>Registers this folder. The caller registers the options and logging.</summary>
internal static class UpstreamServiceCollectionExtensions
{
    public static IServiceCollection AddUpstream(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<UpstreamClient>();
        services.TryAddSingleton<IUpstream>(provider => provider.GetRequiredService<UpstreamClient>());
        services.TryAddSingleton<RetryBudget>();
        services.TryAddSingleton<IUpstreamGate, UpstreamGate>();
        services.TryAddSingleton<ICatalog, RecordCatalog>();
        services.TryAddSingleton<RecordTransformer>();
        return services;
    }
}
