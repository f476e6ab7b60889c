namespace Ingestion.Runs.Recording;

/// <summary>What is noted of an attempt while it goes on, in timestamps of the run's clock. Used by one thread at a time.</summary>
internal sealed class AttemptRecord
{
    /// <summary>Gate, fetch, transform and persist; more only with a delay or a canary.</summary>
    private const int UsualStages = 4;

    public List<(Stage Stage, long Begin, long End, int BeginThread, int EndThread)> Stages { get; } = new(UsualStages);

    public required WorkItem Item { get; init; }

    public required int Slot { get; init; }

    public required long Begin { get; init; }

    public required int BeginThread { get; init; }

    /// <summary>The trace it is kept in, or null.</summary>
    public string? TraceId { get; init; }
}
