namespace Ingestion.Runs.Recording;

/// <summary>What happened in a run, to draw a picture of it. Its size does not depend on the number of items.</summary>
public sealed record RunRecording
{
    /// <summary>When the run started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>From then until the last attempt ended.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Attempts that ended; of the latest ones also those that go on.</summary>
    public required long AttemptCount { get; init; }

    /// <summary>Attempts in the order they ended: all of them, or the first 10,000; of the latest ones the last 6,000.</summary>
    public required IReadOnlyList<RecordedAttempt> Attempts { get; init; }

    /// <summary>Names of the first 10,000 threads, thread 1 first; empty where a thread has none. With more threads than that, an attempt may be on one beyond them.</summary>
    public required IReadOnlyList<string> ThreadNames { get; init; }

    /// <summary>All attempts, at a coarser grain.</summary>
    public required Timeline Timeline { get; init; }

    /// <summary>How long each stage took, over all attempts that reached it.</summary>
    public required IReadOnlyDictionary<Stage, LatencyDistribution> StageLatencies { get; init; }

    /// <summary>How long attempts took, from getting a slot to their end.</summary>
    public required LatencyDistribution AttemptLatency { get; init; }

    /// <summary>How long items waited in the channel for a slot.</summary>
    public required LatencyDistribution QueueWait { get; init; }

    /// <summary>How many items waited in the channel, and how many slots were in use, at moments spread over the run.</summary>
    public required IReadOnlyList<RunSample> Samples { get; init; }

    /// <summary>What was changed while it went on.</summary>
    public IReadOnlyList<RunMark> Marks { get; init; } = [];
}
