using Ingestion.Runs.Advice;
using Ingestion.Runs.Recording;
using Ingestion.Storage;

namespace Ingestion.Runs;

/// <summary>All that is to be seen of a run at one moment.</summary>
/// <param name="RunId">The run's ID, a UUID version 7.</param>
/// <param name="StartedAt">When it started, as <see cref="RecentAttempts"/> counts time.</param>
/// <param name="IsOver">Whether it has ended; then nothing of it changes any longer.</param>
/// <param name="Requested">How many IDs it is to ingest; null when not known.</param>
/// <param name="Counts">Outcomes so far, those of an earlier process that it resumed included.</param>
/// <param name="Retries">Attempts that failed and were, or will be, made again.</param>
/// <param name="GateClosedFor">How long the upstream gate has been closed; 0 while it is open.</param>
/// <param name="GateReason">Why it is closed, or what else holds requests up there; null when nothing is known to.</param>
/// <param name="ThreadNames">Names of the threads it has used, thread 1 first; empty where a thread has none.</param>
public sealed record RunMoment(
    Guid RunId, string Source, string Strategy, TimeSpan StartedAt, bool IsOver, long? Requested, OutcomeCounts Counts, long Retries, RunSample Sample,
    int ChannelCapacity, TimeSpan GateClosedFor, string? GateReason, IReadOnlyList<string> ThreadNames)
{
    internal Run? Run { get; init; }

    /// <summary>How the kernel had shared out the cores.</summary>
    internal CpuReading Cpu { get; init; }

    /// <summary>What the run was bound by from one moment to another. Null when that cannot be said.</summary>
    /// <param name="moments">Moments of one run, in their order.</param>
    public static RunAdvice? Advise(IReadOnlyList<RunMoment> moments) =>
        moments is [var first, .., var last] && last.Run?.Measure([.. moments.Select(moment => moment.Sample)], last.Cpu - first.Cpu) is { Items: > 0 } measured
            ? Advisor.AdviseOnWindow(measured)
            : null;
}
