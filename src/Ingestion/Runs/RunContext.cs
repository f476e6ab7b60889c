using Ingestion.Records;
using Ingestion.Concurrency;
using Ingestion.Runs.Recording;
using Ingestion.Sources;
using Ingestion.Storage;
using Ingestion.Telemetry;
using Ingestion.Upstream;
using Microsoft.Extensions.Logging;

namespace Ingestion.Runs;

/// <summary>Everything the attempts of one run share.</summary>
internal sealed record RunContext
{
    public required IItemSource Source { get; init; }

    public required IUpstream Upstream { get; init; }

    public required IUpstreamGate Gate { get; init; }

    /// <summary>What wants to know of every request how it went; null unless the strategy adapts.</summary>
    public IConcurrencyFeedback? Feedback { get; init; }

    public required RetryBudget RetryBudget { get; init; }

    public required RecordTransformer Transformer { get; init; }

    public required IOutcomeWriter Writer { get; init; }

    public required WorkQueue Queue { get; init; }

    public required RunTally Tally { get; init; }

    public required CpuMeter Cpu { get; init; }

    /// <summary>Null when the run is not recorded.</summary>
    public RunRecorder? Recorder { get; init; }

    public AttemptsInFlight InFlight { get; } = new();

    public RequestBook Requests { get; } = new();

    public required StageClock Clock { get; init; }

    public required ThreadCensus Threads { get; init; }

    public required ItemTraces Traces { get; init; }

    /// <summary>Null when nobody provides it.</summary>
    public ITraceSuppression? TraceSuppression { get; init; }

    public required RunTags Tags { get; init; }

    public required IngestionMetrics Metrics { get; init; }

    public required TimeProvider TimeProvider { get; init; }

    public required ILogger Logger { get; init; }

    /// <summary>Fires when reading stops or the run is aborted: nobody waits at the gate any longer.</summary>
    public required CancellationToken LeaveGate { get; init; }

    public required TimeSpan Delay { get; init; }

    public required int MaxAttempts { get; init; }

    public required TimeSpan ItemTimeout { get; init; }

    /// <summary>How many items may share a request.</summary>
    public required int IdsPerRequest { get; init; }

    /// <summary>The largest record accepted, in bytes.</summary>
    public required int MaxRecordBytes { get; init; }
}
