namespace Worker.Hosting;

/// <summary>Which signals go to a collector.</summary>
internal sealed class ExportedSignals(IConfiguration configuration)
{
    public ExportedSignal Traces { get; } = new(configuration, "TRACES");

    public ExportedSignal Metrics { get; } = new(configuration, "METRICS");

    public ExportedSignal Logs { get; } = new(configuration, "LOGS");

    public ExportedSignal[] All => [Traces, Metrics, Logs];
}
