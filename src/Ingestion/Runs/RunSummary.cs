using Ingestion.Runs.Advice;
using Ingestion.Runs.Recording;
using Ingestion.Storage;

namespace Ingestion.Runs;

/// <summary>A run that has ended.</summary>
/// <param name="RunId">The run's ID, a UUID version 7.</param>
/// <param name="DegreeOfParallelism">The degree of parallelism configured when the run ended; 0 = no cap.</param>
/// <param name="ConcurrencyLimit">The limit that an adaptive strategy had found when the run ended; null with the others.</param>
/// <param name="Requested">How many IDs the source delivers, as far as that is known before it has; then how many different ones it delivered.</param>
/// <param name="Counts">Outcomes of the run, those of an earlier process that it resumed included.</param>
/// <param name="FailAbove">How many of the items may have failed.</param>
/// <param name="AlreadyDone">How many of the outcomes an earlier process had reached before this one resumed the run.</param>
/// <param name="Retries">Attempts that failed and were made again.</param>
/// <param name="Elapsed">From opening to closing the run, in this process.</param>
/// <param name="MaxInFlight">The most items that were in slots at once.</param>
/// <param name="DistinctThreads">How many threads a stage of an attempt began or ended on.</param>
/// <param name="Advice">What the figures mean, and what would make the next run faster.</param>
/// <param name="StageTimes">Where the attempts' time went.</param>
/// <param name="Resources">What the process used up meanwhile.</param>
/// <param name="TraceId">The first trace of items that was kept, as 32 hexadecimal digits; null when none was.</param>
/// <param name="Slowest">The slowest of the attempts that took longer than <c>Tracing:SlowItem</c>, at most ten, the slowest first.</param>
/// <param name="Recording">What to draw the run from; null when it was not asked for.</param>
/// <param name="IsComplete">Every item has an outcome; false when the run was stopped before its end.</param>
/// <param name="UpstreamProblem">Why the run was stopped, when the upstream was silent, or refused everything, for longer than allowed; null otherwise. One line for a person.</param>
/// <param name="SourceProblem">Why the run was stopped, when its source could not go on: a configuration that is wrong, or something that was not available; null otherwise.</param>
/// <param name="IsOnce">What it was over can be read once only: no run resumes it.</param>
public sealed record RunSummary(
    Guid RunId, string Source, string Strategy, int DegreeOfParallelism, int? ConcurrencyLimit, long Requested, OutcomeCounts Counts,
    FailureAllowance FailAbove, long AlreadyDone, long Retries, TimeSpan Elapsed, int MaxInFlight, int DistinctThreads, RunAdvice Advice,
    StageTimes StageTimes, RunResources Resources, string? TraceId, IReadOnlyList<SlowAttempt> Slowest, RunRecording? Recording,
    bool IsComplete, string? UpstreamProblem, Exception? SourceProblem, bool IsOnce)
{
    /// <summary>More items failed than allowed, of those that have ended.</summary>
    public bool FailedTooMany => FailAbove.IsExceeded(Counts.Failed, Counts.Total);

    /// <summary>What held the run up.</summary>
    public BoundBy BoundBy => Advice.BoundBy;

    /// <summary>Outcomes reached by this process per second; 0 when there are none.</summary>
    public double ItemsPerSecond => Elapsed > TimeSpan.Zero ? (Counts.Total - AlreadyDone) / Elapsed.TotalSeconds : 0;
}
