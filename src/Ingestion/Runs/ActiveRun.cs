using Ingestion.Concurrency;
using Ingestion.Sources;
using Ingestion.Storage;
using Ingestion.Telemetry;
using Ingestion.Upstream;

namespace Ingestion.Runs;

/// <summary>The state of the run that is going on.</summary>
internal sealed class ActiveRun(
    OpenedRun opened,
    SourceDescription description,
    ConcurrencyLimit limit,
    IUpstreamGate gate,
    int channelCapacity,
    TimeProvider timeProvider,
    IngestionMetrics metrics) : IDisposable
{
    public WorkQueue Queue { get; } = new(channelCapacity, timeProvider);

    public Slots Slots { get; } = new(limit);

    public RunTally Tally { get; } = new(opened.Counts);

    public StageClock Clock { get; } = new(timeProvider, metrics);

    public ThreadCensus Threads { get; } = new();

    public RunProgress Progress =>
        new(opened.Id, description.Count, Tally.Counts, Tally.Retries, Slots.InUse, Queue.Waiting, !gate.IsOpen);

    public RunSummary Summarize(RunTags tags, int degree, TimeSpan elapsed) => new()
    {
        RunId = opened.Id,
        Source = tags.Source,
        Strategy = tags.Strategy,
        DegreeOfParallelism = degree,
        Requested = Queue.IsComplete && description.IsRedrive ? Tally.Counts.Total : description.Count ?? Tally.Counts.Total,
        Counts = Tally.Counts,
        AlreadyDone = opened.Counts.Total,
        Retries = Tally.Retries,
        Elapsed = elapsed,
        MaxInFlight = Slots.MaxInUse,
        DistinctThreads = Threads.Count,
        BoundBy = Diagnosis.Explain(Clock, elapsed, Slots.MaxInUse, Threads.Count, Environment.ProcessorCount),
        IsComplete = Queue.IsComplete,
    };

    public void Dispose() => Queue.Dispose();
}
