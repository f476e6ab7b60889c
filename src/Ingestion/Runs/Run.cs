using Ingestion.Concurrency;
using Ingestion.Runs.Advice;
using Ingestion.Runs.Attempts;
using Ingestion.Runs.Feeding;
using Ingestion.Runs.Recording;
using Ingestion.Runs.Watching;
using Ingestion.Sources;
using Ingestion.Storage;
using Ingestion.Upstream;

namespace Ingestion.Runs;

/// <summary>The run that is going on: what its attempts share, and how it stands.</summary>
internal sealed class Run : IAttemptStarter<WorkItem[]>, IDisposable
{
    private readonly RunResources _usedBefore = RunResources.Used;
    private readonly CpuReading _cpuBefore = CpuAllowance.OfThisProcess.Read();
    private readonly OpenedRun _opened;
    private readonly SourceDescription _description;
    private readonly StrategyDescriptor _strategy;
    private readonly ActivityContext _startSpan;
    private readonly RunSampler _sampler;
    private readonly long _startedAt;
    private TimeSpan _took;
    private volatile bool _isOver;

    public Run(
        RunServices services, IngestionOptions options, SourceDescription description, OpenedRun opened, StrategyDescriptor strategy, ConcurrencyLimit limit, RunTokens tokens)
    {
        (Services, Options, _description, _opened, _strategy, Limit, Tokens) = (services, options, description, opened, strategy, limit, tokens);
        Tags = new RunTags(opened.Id.ToString(), description.Name, strategy.Name, limit.Degree);
        _startSpan = Tags.Started(description.Count);
        _startedAt = TimeProvider.GetTimestamp();
        Source = new WatchedSource(services.Source);
        Queue = new WorkQueue(options.ChannelCapacity, TimeProvider, Source.HasUrgent);
        Slots = new Slots(limit);
        limit.AreCoresBusy = new CoreLoad(CpuAllowance.OfThisProcess, static () => Environment.CpuUsage.TotalTime, strategy.StaysOnOneThread).IsBusy;
        if (strategy.HoldsSlotToTheEnd)
            limit.Occupied = () => Slots.InUse;
        services.Control.Take(limit);
        Tally = new RunTally(opened.Counts);
        Clock = new StageClock(TimeProvider, Metrics);
        Traces = new ItemTraces(services.TracingOptions.Value, Tags, _startSpan, TimeProvider);
        Slowest = new SlowestAttempts(services.TracingOptions.Value.SlowItem);
        _sampler = new RunSampler(Sample, TimeProvider);
        if (services.RunRecorderOptions.Value.IsOn)
            Recorder = new RunRecorder(_startedAt, TimeProvider);
        Writer = services.Store.OpenWriter(opened.Id, description.IsRedrive, description.IsShared, description.IsAscending, tokens.Lose, tokens.GiveUp);
    }

    public RunServices Services { get; }

    /// <summary>As they were at start: of these settings, only the degree of parallelism follows a reload.</summary>
    public IngestionOptions Options { get; }

    public RunTokens Tokens { get; }

    public ConcurrencyLimit Limit { get; }

    public Slots Slots { get; }

    public WorkQueue Queue { get; }

    public IOutcomeWriter Writer { get; }

    public RunTally Tally { get; }

    public RequestBook Requests { get; } = new();

    public RecentAttempts Recent => Services.Recent;

    public bool IsSlotHeldToTheEnd => _strategy.HoldsSlotToTheEnd;

    public StageClock Clock { get; }

    public CpuMeter Cpu { get; } = new(static () => RunResources.Used);

    public ThreadCensus Threads { get; } = new();

    /// <summary>Null unless the run is recorded.</summary>
    public RunRecorder? Recorder { get; }

    public RunTags Tags { get; }

    public ItemTraces Traces { get; }

    public SlowestAttempts Slowest { get; }

    public WatchedSource Source { get; }

    private bool IsComplete => Queue.IsComplete && Source.Problem is null;

    public UpstreamOptions UpstreamOptions => Services.UpstreamOptions.Value;

    public IUpstreamGate Gate => Services.Gate;

    public IngestionMetrics Metrics => Services.Metrics;

    public TimeProvider TimeProvider => Services.TimeProvider;

    public RunProgress Progress =>
        new(_opened.Id, _description.Count, Tally.Counts, Tally.Retries, Slots.InUse, Queue.Waiting, !Gate.IsOpen, Limit.IsPaused);

    public RunMoment Moment => new(
        _opened.Id, Tags.Source, Tags.Strategy, Recent.Since(_startedAt), _isOver, _description.Count, Tally.Counts, Tally.Retries, Sample(), Options.ChannelCapacity, Gate.ClosedFor,
        !Gate.IsOpen ? Gate.WhyClosed : Gate.RequestsPerSecond is { } rate ? string.Create(CultureInfo.InvariantCulture, $"at most {rate:0.##} requests a second") : null, Threads.Names)
    {
        Run = this,
        Cpu = CpuAllowance.OfThisProcess.Read(),
    };

    /// <summary>What the gauges show.</summary>
    public RunReading Reading => new(
        Slots.InUse, Queue.Depth, Options.ChannelCapacity, Queue.Waiting, Limit.InForce, Gate.ClosedFor, Services.Options.CurrentValue.Repeat,
        _description.Count is { } count ? count == 0 ? 1 : Math.Min(1, (double)Tally.Counts.Total / count) : null,
        Recent.OldestAge);

    public int ItemsPerAttempt => UpstreamOptions.IdsPerRequest;

    public IItemAttempt Start(WorkItem[] item, int slot) => new Attempt(this, item, slot);

    public RunSummary Summarize()
    {
        TimeSpan elapsed = TimeProvider.GetElapsedTime(_startedAt);
        return new RunSummary(
            RunId: _opened.Id,
            Source: Tags.Source,
            Strategy: Tags.Strategy,
            DegreeOfParallelism: Limit.Degree,
            ConcurrencyLimit: Limit.Limiter?.Limit,
            Requested: _description.Count ?? Tally.Counts.Total,
            Counts: Tally.Counts,
            FailAbove: Options.FailAbove,
            AlreadyDone: _opened.Counts.Total,
            Retries: Tally.Retries,
            Elapsed: elapsed,
            MaxInFlight: Slots.MaxInUse,
            DistinctThreads: Threads.Count,
            Advice: Advisor.Advise(Measure(elapsed)),
            StageTimes: Clock.Times,
            Resources: RunResources.Used - _usedBefore,
            TraceId: Traces.FirstKept,
            Slowest: Slowest.Found,
            Recording: Recorder?.Build(Threads.Names, _sampler.Samples) is { } recording ? recording with { Marks = Services.Control.MarksSince(_startedAt) } : null,
            IsComplete: IsComplete,
            UpstreamProblem: Queue.IsComplete ? null : Gate.Problem,
            SourceProblem: Source.Problem,
            IsOnce: _description.IsOnce);
    }

    public void Finished(RunSummary summary) => Tags.Finished(_startSpan, summary);

    /// <summary>What was measured between the first and the last of some samples.</summary>
    public RunMeasurements Measure(IReadOnlyList<RunSample> samples, CpuReading cpu) => new RunMeasurements
    {
        Strategy = _strategy,
        Degree = Limit.Degree,
        LimitFound = Limit.Limiter?.Limit,
        HasMetLimit = Limit.Limiter?.HasMetLimit ?? false,
        Slots = Math.Min(Slots.MaxInUse, Limit.Cap),
        IsResumed = _opened.Counts.Total > 0,
        Cores = CpuAllowance.OfThisProcess.Cores,
        Cpu = cpu,
        RequestsPerSecond = Gate.RequestsPerSecond,
        HasQuota = Gate.HasQuota,
        ItemsPerRequest = ItemsPerAttempt,
        ChannelCapacity = Options.ChannelCapacity,
        ItemsInAll = _description.Count - _opened.Counts.Total ?? int.MaxValue,
    }.Of(samples);

    public void Dispose()
    {
        (_took, _isOver) = (TimeProvider.GetElapsedTime(_startedAt), true);
        Traces.Dispose();
        _sampler.Dispose();
        Queue.Dispose();
    }

    private RunMeasurements Measure(TimeSpan elapsed)
    {
        RunSample start = new(TimeSpan.Zero, 0, 0, 0, Limit.InForce) { Used = new RunUse(_opened.Counts.Total, _opened.Counts.Failed, 0, 0, default, _usedBefore) };
        RunMeasurements all = Measure([start, .. _sampler.Samples, Sample() with { At = elapsed }], CpuAllowance.OfThisProcess.Read() - _cpuBefore);
        return all with
        {
            Slots = Math.Min(Slots.MaxInUse, Limit.Cap),
            IsComplete = IsComplete,
            ItemsInAll = IsComplete ? null : all.ItemsInAll,
            CpuPerItem = Cpu.PerItem(),
        };
    }

    private RunSample Sample()
    {
        // Read before what is left, or an item that ends meanwhile would be missing among the retried ones only.
        long retried = Queue.Retried;
        return new(_isOver ? _took : TimeProvider.GetElapsedTime(_startedAt), Slots.InUse, Queue.Depth, Queue.Waiting, Limit.InForce, Queue.Supply, Queue.Left, retried, Services.StorageHealth.Problem is not null, Limit.IsPaused)
        {
            Used = new RunUse(Tally.Counts.Total, Tally.Counts.Failed, Tally.Retries, Tally.Requests, Clock.Times, RunResources.Used),
        };
    }
}
