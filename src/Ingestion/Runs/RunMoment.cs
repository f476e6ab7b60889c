using Ingestion.Runs.Advice;
using Ingestion.Runs.Recording;
using Ingestion.Storage;

namespace Ingestion.Runs;

/// <summary>All that is to be seen of a run at one moment.</summary>
public sealed record RunMoment
{
    /// <summary>The run's ID, a UUID version 7.</summary>
    public required Guid RunId { get; init; }

    /// <summary>Name of the source.</summary>
    public required string Source { get; init; }

    /// <summary>Name of the strategy.</summary>
    public required string Strategy { get; init; }

    /// <summary>When it started, as <see cref="RecentAttempts"/> counts time.</summary>
    public required TimeSpan StartedAt { get; init; }

    /// <summary>Whether it has ended; then nothing of it changes any longer.</summary>
    public required bool IsOver { get; init; }

    /// <summary>How many IDs it is to ingest; null when not known.</summary>
    public required long? Requested { get; init; }

    /// <summary>Outcomes so far, those of an earlier process that it resumed included.</summary>
    public required OutcomeCounts Counts { get; init; }

    /// <summary>Attempts that failed and were, or will be, made again.</summary>
    public required long Retries { get; init; }

    /// <summary>Slots, channel and retry queue.</summary>
    public required RunSample Sample { get; init; }

    /// <summary>The bound of the channel.</summary>
    public required int ChannelCapacity { get; init; }

    /// <summary>How long the upstream gate has been closed; 0 while it is open.</summary>
    public required TimeSpan GateClosedFor { get; init; }

    /// <summary>Why it is closed, or why requests wait there though it is open; null when nothing is known to hold them up.</summary>
    public required string? GateReason { get; init; }

    /// <summary>Names of the threads it has used, thread 1 first; empty where a thread has none.</summary>
    public required IReadOnlyList<string> ThreadNames { get; init; }

    internal RunMark Mark { get; init; }

    internal Run? Run { get; init; }

    /// <summary>What the run was bound by from one moment to another, in sentences. Null when that cannot be said.</summary>
    /// <param name="moments">Moments of one run, in their order.</param>
    public static RunAdvice? Advise(IReadOnlyList<RunMoment> moments) =>
        moments is [var first, .., var last] && last.Run?.Measure(first, last, [.. moments.Select(moment => moment.Sample)]) is { Items: > 0 } measured
            ? Advisor.AdviseOnWindow(measured)
            : null;
}
