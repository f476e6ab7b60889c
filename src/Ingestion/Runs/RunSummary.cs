using Ingestion.Runs.Advice;
using Ingestion.Runs.Recording;
using Ingestion.Storage;

namespace Ingestion.Runs;

/// <summary>A run that has ended.</summary>
public sealed record RunSummary
{
    /// <summary>The run's ID, a UUID version 7.</summary>
    public required Guid RunId { get; init; }

    /// <summary>Name of the source.</summary>
    public required string Source { get; init; }

    /// <summary>Name of the strategy.</summary>
    public required string Strategy { get; init; }

    /// <summary>The degree of parallelism configured when the run ended; 0 = no cap.</summary>
    public required int DegreeOfParallelism { get; init; }

    /// <summary>The limit that an adaptive strategy had found when the run ended; null with the others.</summary>
    public int? ConcurrencyLimit { get; init; }

    /// <summary>How many IDs the source delivers, as far as that is known before it has; then how many different ones it delivered.</summary>
    public required long Requested { get; init; }

    /// <summary>Outcomes of the run, those of an earlier process that it resumed included.</summary>
    public required OutcomeCounts Counts { get; init; }

    /// <summary>How many of the items may have failed.</summary>
    public FailureAllowance FailAbove { get; init; }

    /// <summary>More items failed than allowed, of those that have ended.</summary>
    public bool FailedTooMany => FailAbove.IsExceeded(Counts.Failed, Counts.Total);

    /// <summary>How many of the outcomes an earlier process had reached before this one resumed the run.</summary>
    public required long AlreadyDone { get; init; }

    /// <summary>Attempts that failed and were made again.</summary>
    public required long Retries { get; init; }

    /// <summary>From opening to closing the run, in this process.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>The most items that were in slots at once.</summary>
    public required int MaxInFlight { get; init; }

    /// <summary>How many threads a stage of an attempt began or ended on.</summary>
    public required int DistinctThreads { get; init; }

    /// <summary>What the figures mean, and what would make the next run faster.</summary>
    public required RunAdvice Advice { get; init; }

    /// <summary>What held the run up.</summary>
    public BoundBy BoundBy => Advice.BoundBy;

    /// <summary>Where the attempts' time went.</summary>
    public required StageTimes StageTimes { get; init; }

    /// <summary>What the process used up meanwhile.</summary>
    public required RunResources Resources { get; init; }

    /// <summary>The first trace of items that was kept, as 32 hexadecimal digits; null when none was.</summary>
    public string? TraceId { get; init; }

    /// <summary>The slowest of the attempts that took longer than <c>Tracing:SlowItem</c>, at most ten, the slowest first.</summary>
    public IReadOnlyList<SlowAttempt> Slowest { get; init; } = [];

    /// <summary>What to draw the run from; null when it was not asked for.</summary>
    public RunRecording? Recording { get; init; }

    /// <summary>Every item has an outcome; false when the run was stopped before its end.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>Why the run was stopped, when the upstream was silent, or refused everything, for longer than allowed; null otherwise. One line for a person.</summary>
    public string? UpstreamProblem { get; init; }

    /// <summary>Why the run was stopped, when its source could not go on: a configuration that is wrong, or something that was not available; null otherwise.</summary>
    public Exception? SourceProblem { get; init; }

    /// <summary>What it was over can be read once only: no run goes on with it.</summary>
    public bool IsOnce { get; init; }

    /// <summary>Outcomes reached by this process per second; 0 when there are none.</summary>
    public double ItemsPerSecond => Elapsed > TimeSpan.Zero ? (Counts.Total - AlreadyDone) / Elapsed.TotalSeconds : 0;
}
