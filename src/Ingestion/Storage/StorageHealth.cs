namespace Ingestion.Storage;

/// <summary>Whether the database answered last time. Written by whoever talks to it, read by the readiness probe.</summary>
public sealed class StorageHealth
{
    private volatile string? _problem = "not connected yet";

    /// <summary>Why the database cannot be used right now, without secrets; null when it can.</summary>
    public string? Problem => _problem;

    internal void ReportReachable() => _problem = null;

    internal void ReportUnreachable(string problem) => _problem = problem;
}
