using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>
/// The two things this service needs of the package OpenTelemetry.Extensions.Hosting, under the same names, for builds that cannot get it.
/// Left out with <c>-p:UseOpenTelemetryExtensionsHosting=true</c>, which references the package instead (docs/adr/002).
/// </summary>
internal static class OpenTelemetryHosting
{
    public static IOpenTelemetryBuilder AddOpenTelemetry(this IServiceCollection services)
    {
        // First in line: providers listen before any other hosted service starts, and are the last to stop.
        services.Insert(0, ServiceDescriptor.Singleton<IHostedService, ProviderStart>());
        return new Builder(services);
    }

    private sealed record Builder(IServiceCollection Services) : IOpenTelemetryBuilder;

    /// <summary>A provider listens from the moment it is resolved; the container disposes it.</summary>
    private sealed class ProviderStart(IServiceProvider services) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            _ = services.GetService<MeterProvider>();
            _ = services.GetService<TracerProvider>();
            _ = services.GetService<LoggerProvider>();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
