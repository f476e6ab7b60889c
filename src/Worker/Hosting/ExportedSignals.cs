namespace Worker.Hosting;

/// <summary>Which signals go to a collector.</summary>
/// <param name="WhyNoTraces">Why traces do not; null when they do.</param>
/// <param name="Metrics">Whether metrics do.</param>
/// <param name="Logs">Whether logs do.</param>
internal sealed record ExportedSignals(string? WhyNoTraces, bool Metrics, bool Logs)
{
    public bool Traces => WhyNoTraces is null;

    public bool Any => Traces || Metrics || Logs;

    public static ExportedSignals Of(IConfiguration configuration) => new(
        OtlpSettings.WhyNotExported(configuration, OtlpSettings.Traces),
        OtlpSettings.WhyNotExported(configuration, OtlpSettings.Metrics) is null,
        OtlpSettings.WhyNotExported(configuration, OtlpSettings.Logs) is null);
}
