using Ingestion.Concurrency;
using Ingestion.Concurrency.Adaptive;
using Ingestion.Runs.Advice;
using Ingestion.Runs.Recording;
using Ingestion.Sources;
using Ingestion.Storage;
using Ingestion.Telemetry;
using Ingestion.Upstream;

namespace Ingestion.Runs;

/// <summary>The state of the run that is going on.</summary>
internal sealed class ActiveRun(
    OpenedRun opened,
    SourceDescription description,
    StrategyDescriptor strategy,
    ConcurrencyLimit limit,
    int? learnedLimit,
    IUpstreamGate gate,
    StorageHealth storage,
    int channelCapacity,
    int itemsPerRequest,
    TimeProvider timeProvider,
    IngestionMetrics metrics) : IDisposable
{
    private readonly RunResources _usedBefore = RunResources.Used;
    private readonly long _startedAt = timeProvider.GetTimestamp();
    private RunSampler? _sampler;

    public WorkQueue Queue { get; } = new(channelCapacity, timeProvider);

    public Slots Slots { get; } = new(limit);

    /// <summary>Null unless the strategy adapts.</summary>
    public AdaptiveLimiter? Limiter { get; } = strategy.IsAdaptive ? AdaptiveStrategy.Follow(limit, learnedLimit) : null;

    public RunTally Tally { get; } = new(opened.Counts);

    public StageClock Clock { get; } = new(timeProvider, metrics);

    public CpuMeter Cpu { get; } = new(static () => RunResources.Used);

    public ThreadCensus Threads { get; } = new();

    /// <summary>Null unless the run is recorded.</summary>
    public RunRecorder? Recorder { get; private set; }

    public RunProgress Progress =>
        new(opened.Id, description.Count, Tally.Counts, Tally.Retries, Slots.InUse, Queue.Waiting, !gate.IsOpen);

    /// <summary>What the gauges show.</summary>
    public RunReading Read(TimeSpan? repeat) =>
        new(Slots.InUse, Queue.Depth, channelCapacity, Queue.Waiting, limit.InForce, gate.ClosedFor, repeat);

    /// <summary>Watches from now on how the run stands, and records each attempt if that is wanted.</summary>
    public void Watch(bool isRecording)
    {
        _sampler = new RunSampler(Sample, timeProvider);
        if (isRecording)
            Recorder = new RunRecorder(strategy.HoldsSlotToTheEnd, Threads, _sampler, _startedAt, timeProvider);
    }

    public RunSummary Summarize(RunTags tags, string? traceId)
    {
        TimeSpan elapsed = timeProvider.GetElapsedTime(_startedAt);
        return new RunSummary
        {
            RunId = opened.Id,
            Source = tags.Source,
            Strategy = tags.Strategy,
            DegreeOfParallelism = limit.Degree,
            ConcurrencyLimit = Limiter?.Limit,
            Requested = Queue.IsComplete && description.IsRedrive ? Tally.Counts.Total : description.Count ?? Tally.Counts.Total,
            Counts = Tally.Counts,
            AlreadyDone = opened.Counts.Total,
            Retries = Tally.Retries,
            Elapsed = elapsed,
            MaxInFlight = Slots.MaxInUse,
            DistinctThreads = Threads.Count,
            Advice = Advisor.Advise(Measure(elapsed)),
            IsComplete = Queue.IsComplete,
            UpstreamProblem = Queue.IsComplete ? null : gate.Problem,
            StageTimes = Clock.Times,
            Resources = RunResources.Used - _usedBefore,
            TraceId = traceId,
            Recording = Recorder?.Build(),
        };
    }

    public void Dispose()
    {
        _sampler?.Dispose();
        Queue.Dispose();
    }

    private RunMeasurements Measure(TimeSpan elapsed) => new()
    {
        Strategy = strategy,
        Degree = limit.Degree,
        Slots = Math.Min(Slots.MaxInUse, limit.Cap),
        Use = SlotUse.Of(_sampler?.Samples ?? [], elapsed, Slots.MaxInUse),
        IsComplete = Queue.IsComplete,
        Requests = Tally.Requests,
        LimitFound = Limiter?.Limit,
        HasMetLimit = Limiter?.HasMetLimit ?? false,
        Items = Tally.Counts.Total - opened.Counts.Total,
        Failed = Tally.Counts.Failed - opened.Counts.Failed,
        Retries = Tally.Retries,
        Elapsed = elapsed,
        Times = Clock.Times,
        CpuPerItem = Cpu.PerItem(),
        Cores = Environment.ProcessorCount,
        RequestsPerSecond = gate.RequestsPerSecond,
        ItemsPerRequest = itemsPerRequest,
    };

    private RunSample Sample()
    {
        // Read before what is left, or an item that ends meanwhile would be missing among the retried ones only.
        long retried = Queue.Retried;
        return new(timeProvider.GetElapsedTime(_startedAt), Slots.InUse, Queue.Depth, Queue.Waiting, limit.InForce, Queue.Supply, Queue.Left, retried, storage.Problem is not null);
    }
}
