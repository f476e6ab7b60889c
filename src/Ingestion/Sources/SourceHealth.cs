namespace Ingestion.Sources;

/// <summary>Whether what delivers the IDs can be reached. Written by the source, read by the readiness probe.</summary>
public sealed class SourceHealth
{
    private volatile string? _problem;

    /// <summary>Why it cannot, without secrets; null when it can, or when nothing has to be reached.</summary>
    public string? Problem => _problem;

    internal void ReportReachable() => _problem = null;

    internal void ReportUnreachable(string problem) => _problem = problem;
}
