namespace Ingestion.Runs;

/// <summary>Whether the run that is going on gets anywhere. Written by the run, read by the liveness probe.</summary>
public sealed class RunHealth
{
    private volatile string? _problem;

    /// <summary>Why it does not, or null.</summary>
    public string? Problem => _problem;

    internal void ReportStalled(string problem) => _problem = problem;

    internal void ReportProgress() => _problem = null;
}
