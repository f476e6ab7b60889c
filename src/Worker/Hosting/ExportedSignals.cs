namespace Worker.Hosting;

/// <summary>Which signals go to a collector.</summary>
internal sealed record ExportedSignals(bool Traces, bool Metrics, bool Logs);
