namespace Worker.Hosting;

/// <summary>Which signals go to a collector.</summary>
internal sealed class ExportedSignals(IConfiguration configuration)
{
    public ExportedSignal Traces { get; } = new(configuration, OtlpSettings.Traces);

    public ExportedSignal Metrics { get; } = new(configuration, OtlpSettings.Metrics);

    public ExportedSignal Logs { get; } = new(configuration, OtlpSettings.Logs);

    public IEnumerable<ExportedSignal> All => [Traces, Metrics, Logs];
}
