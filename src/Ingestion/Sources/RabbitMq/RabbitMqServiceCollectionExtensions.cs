using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Ingestion.Sources.RabbitMq;

internal static class RabbitMqServiceCollectionExtensions
{
    private const int MostPrefetched = 1_000;

    /// <summary>What is wrong with the section and, where a broker is needed, with its address.</summary>
    public static IEnumerable<string> FindErrors(IConfiguration configuration, bool isNeeded)
    {
        List<string> errors = [];
        RabbitMqOptions options = new();
        Settings.Apply(options, configuration, RabbitMqOptions.Section, errors);
        if (isNeeded && RabbitMqAddress.FindError(configuration[RabbitMqOptions.ConnectionStringKey], options.CaCertificate) is { } error)
            errors.Add(error);
        return errors;
    }

    /// <summary>Registers the way to the broker. The caller registers <see cref="RabbitMqOptions"/> and the <see cref="TimeProvider"/>.</summary>
    public static IServiceCollection AddBroker(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton<SourceHealth>();
        return services
            .AddSingleton(provider => RabbitMqAddress.Parse(
                configuration[RabbitMqOptions.ConnectionStringKey], provider.GetRequiredService<IOptions<RabbitMqOptions>>().Value.CaCertificate))
            .AddSingleton<BrokerConnector>()
            .AddSingleton<IEnqueuer, Enqueuer>();
    }

    /// <summary>The source for a degree of parallelism, where 0 means no cap, with so many IDs in a request.</summary>
    public static RabbitMqSource CreateSource(IServiceProvider provider, int degree, int idsPerRequest)
    {
        RabbitMqOptions options = provider.GetRequiredService<IOptions<RabbitMqOptions>>().Value;
        int wanted = degree == 0 ? MostPrefetched : (int)Math.Min(2L * degree * idsPerRequest, MostPrefetched);
        provider.GetRequiredService<SourceHealth>().ReportUnreachable("not connected yet");
        return new RabbitMqSource(
            provider.GetRequiredService<BrokerConnector>(),
            options,
            provider.GetRequiredService<ItemKind>().HasTextKeys,
            new Prefetch(options.Prefetch ?? wanted, wanted),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<RabbitMqSource>>());
    }
}
