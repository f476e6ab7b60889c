using System.Diagnostics;
using Ingestion.Items;
using Ingestion.Records;
using Ingestion.Concurrency;
using Ingestion.Runs.Recording;
using Ingestion.Sources;
using Ingestion.Storage;
using Ingestion.Telemetry;
using Ingestion.Upstream;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Ingestion.Runs;

/// <summary>
/// Carries out a run: lease the source, open the run, feed the channel, let the strategy work, close the run. Should another process get the lease
/// meanwhile, the run is its; this one stands by, and takes the run up again when the lease is free.
/// </summary>
internal sealed class IngestionRunner(
    IItemSource source,
    IUpstream upstream,
    IUpstreamGate gate,
    RetryBudget retryBudget,
    RecordTransformer transformer,
    IRunStore store,
    IKnownEntityTags entityTags,
    ILearnedLimits learnedLimits,
    StorageHealth storageHealth,
    RunHealth health,
    IngestionMetrics metrics,
    IOptionsMonitor<IngestionOptions> options,
    IOptions<UpstreamOptions> upstreamOptions,
    IOptions<TracingOptions> tracingOptions,
    IOptions<RecordingOptions> recordingOptions,
    TimeProvider timeProvider,
    ILogger<IngestionRunner> logger,
    ITraceSuppression? traceSuppression = null) : IIngestionRunner
{
    /// <summary>As it was at start: of these settings, only the degree of parallelism follows a reload.</summary>
    private readonly IngestionOptions _configured = options.CurrentValue;

    private readonly string _upstream = UpstreamAddress.NameOf(upstreamOptions.Value.BaseAddress);

    private volatile ActiveRun? _active;

    public RunProgress Progress => _active?.Progress ?? default;

    public bool HasEnd => source.HasEnd;

    public async Task<RunSummary> RunAsync(CancellationToken stopReading, CancellationToken abort)
    {
        SourceDescription description = await source.DescribeAsync(stopReading);
        Guid? interrupted = null;
        if (description.IsShared)
        {
            OpenedRun own = await store.OpenAsync(Start(description, interrupted), stopReading);
            using RunTokens tokens = new(timeProvider, stopReading, abort);
            return (await RunUnderLeaseAsync(description, own, tokens))!;
        }

        while (true)
        {
            await using ISourceLease lease = await store.LeaseSourceAsync(description.Name, stopReading);
            OpenedRun opened = await store.OpenAsync(Start(description, interrupted), stopReading);
            using RunTokens tokens = new(timeProvider, stopReading, abort, lease.Lost);
            try
            {
                if (await RunUnderLeaseAsync(description, opened, tokens) is { } summary)
                    return summary;
            }
            catch (OperationCanceledException) when (tokens.IsLost)
            {
                // It had hardly begun.
            }

            interrupted = opened.Id;
        }
    }

    private RunStart Start(SourceDescription description, Guid? interrupted)
    {
        (StrategyDescriptor strategy, int degree) = Configured();
        bool resume = !description.IsRedrive && !description.IsShared && (interrupted is not null || _configured.Resume);
        return new RunStart(description.Name, transformer.Resource.Path.Template, _upstream, strategy.Name, degree, description.Count, resume, interrupted, description.IsShared) { ResumeWithin = _configured.ResumeWithin };
    }

    private (StrategyDescriptor Strategy, int Degree) Configured()
    {
        StrategyDescriptor strategy = StrategyCatalog.Find(_configured.Strategy)
            ?? throw new InvalidOperationException($"strategy '{_configured.Strategy}' passed validation but does not exist");
        return (strategy, DegreeFollower.InitialDegree(options.CurrentValue, strategy));
    }

    /// <summary>Null when the lease was lost: then everything else is up to the process that has it.</summary>
    private async Task<RunSummary?> RunUnderLeaseAsync(SourceDescription description, OpenedRun opened, RunTokens tokens)
    {
        using CancellationTokenRegistration givenUp = gate.GivenUp.UnsafeRegister(static tokens => ((RunTokens)tokens!).EndReading(), tokens);
        (StrategyDescriptor strategy, int degree) = Configured();
        ConcurrencyLimit limit = new(degree);
        int? learned = strategy.IsAdaptive ? await learnedLimits.FindAsync(_upstream, tokens.StopReading) : null;
        Announce(opened, description, strategy, limit);

        RunTags tags = new(opened.Id.ToString(), description.Name, strategy.Name, limit.Degree);
        ActivityContext started = RunSpans.Started(tags, description.Count);
        using IDisposable? follower = DegreeFollower.Follow(options, strategy, limit, logger);

        ActiveRun run = new(opened, description, strategy, limit, learned, gate, _configured.ChannelCapacity, upstreamOptions.Value.IdsPerRequest, timeProvider, metrics);
        run.Watch(recordingOptions.Value.IsOn);
        _active = run;
        metrics.Observe(() => run.Read(options.CurrentValue.Repeat), Enum.GetNames<Outcome>());
        ItemTraces traces = new(tracingOptions.Value, tags, started, timeProvider);
        try
        {
            await using (IOutcomeWriter writer = store.OpenWriter(opened.Id, description.IsRedrive, description.IsShared, tokens.GiveUp))
            {
                RunContext context = new()
                {
                    Source = source,
                    Upstream = upstream,
                    Gate = gate,
                    Feedback = run.Limiter,
                    RetryBudget = retryBudget,
                    Transformer = transformer,
                    Writer = writer,
                    Queue = run.Queue,
                    Tally = run.Tally,
                    Cpu = run.Cpu,
                    Clock = run.Clock,
                    Threads = run.Threads,
                    Recorder = run.Recorder,
                    Traces = traces,
                    TraceSuppression = traceSuppression,
                    Tags = tags,
                    Metrics = metrics,
                    TimeProvider = timeProvider,
                    Logger = logger,
                    LeaveGate = tokens.StopReading,
                    Delay = _configured.Delay,
                    MaxAttempts = upstreamOptions.Value.MaxAttempts,
                    ItemTimeout = upstreamOptions.Value.ItemTimeout,
                    IdsPerRequest = upstreamOptions.Value.IdsPerRequest,
                    MaxRecordBytes = upstreamOptions.Value.MaxResponseBytes,
                };
                Feeder feeder = new(source, description, opened.Completed, run.Queue, UsableTags(description), _configured.ChannelCapacity);
                using StallDetector? stalls = WatchForStalls(context);
                await RunStrategyAsync(strategy.Create(run.Slots), feeder, context, tokens);
            }

            if (tokens.IsLost)
                return null;

            RunSummary summary = run.Summarize(tags, traces.FirstKept);
            if (summary is { IsComplete: true, Counts: { Total: > 0, Ingested: 0, Unchanged: 0 } })
                logger.NothingFound(summary.Counts.Total, _upstream);
            traces.Dispose();
            await CloseAsync(opened.Id, description, summary, tokens.GiveUp);
            RunSpans.Finished(tags, started, summary);
            long endedAt = timeProvider.GetTimestamp();
            metrics.RunEnded(() => timeProvider.GetElapsedTime(endedAt));
            return summary;
        }
        finally
        {
            await tokens.LeaveAsync(source.EndAsync().AsTask());
            traces.Dispose();
            run.Dispose();
        }
    }

    // What failed is fetched whole: whatever was wrong with it, a redrive is there to look again. The tag of an array is not that of a record.
    private TimedEntityTags? UsableTags(SourceDescription description) =>
        upstreamOptions.Value is { ConditionalRequests: true, IdsPerRequest: 1 } && !description.IsRedrive
            ? new(entityTags, timeProvider, logger) : null;

    // What a single attempt is allowed to take, and a little more for its end to be seen, is not a stall, whatever is configured.
    private StallDetector? WatchForStalls(RunContext run)
    {
        TimeSpan attempt = (upstreamOptions.Value.AttemptTimeout + _configured.Delay) * 1.1;
        TimeSpan timeout = _configured.StallTimeout > attempt ? _configured.StallTimeout : attempt;
        return _configured.StallTimeout > TimeSpan.Zero ? new StallDetector(run, timeout, storageHealth, health) : null;
    }

    private static async Task RunStrategyAsync(IConcurrencyStrategy strategy, Feeder feeder, RunContext run, RunTokens tokens)
    {
        RetryThrottle throttle = new(run.RetryBudget, run.Metrics, run.TimeProvider, run.Logger);
        CancellationToken stopReading = tokens.StopReading, abort = tokens.Abort;
        Task[] bringing =
        [
            Task.Run(() => feeder.FeedAsync(stopReading), CancellationToken.None),
            Task.Run(() => run.Queue.PumpRetriesAsync(throttle, stopReading), CancellationToken.None),
        ];
        // Without one of those that bring items, the strategy would wait for ever.
        foreach (Task each in bringing)
            _ = each.ContinueWith(_ => tokens.EndReading(), CancellationToken.None, TaskContinuationOptions.NotOnRanToCompletion, TaskScheduler.Default);
        try
        {
            await (run.IdsPerRequest == 1
                ? strategy.RunAsync(run.Queue.Reader, new RunStages(run), stopReading, abort)
                : strategy.RunAsync(new GroupReader(run.Queue.Reader, run.IdsPerRequest), new GroupStages(run), stopReading, abort));
        }
        catch (OperationCanceledException) when (abort.IsCancellationRequested)
        {
            // What was in flight has no outcome and is done again by the next run.
        }
        finally
        {
            tokens.EndReading();
            await tokens.LeaveAsync(Task.WhenAll(bringing));
        }
    }

    private async Task CloseAsync(Guid runId, SourceDescription description, RunSummary summary, CancellationToken patience)
    {
        // The last word on a run is written even when the run was aborted, only then it may not take long.
        RunStatus status = summary.IsComplete ? RunStatus.Finished : RunStatus.Stopped;
        try
        {
            if (summary.ConcurrencyLimit is { } limit && summary.Counts.Total > summary.AlreadyDone)
                await learnedLimits.StoreAsync(runId, _upstream, limit, patience);
            await (description.IsShared ? store.CloseSharedAsync(runId, status, summary.Counts, patience) : store.CloseAsync(runId, status, patience));
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            // The run stays "running" in the book, as after a crash; the next one takes it up, or has done so.
        }

        OutcomeCounts counts = summary.Counts;
        logger.RunEnded(runId, status.ToString(), counts.Ingested, counts.Unchanged, counts.NotFound, counts.Failed);
    }

    private void Announce(OpenedRun opened, SourceDescription description, StrategyDescriptor strategy, ConcurrencyLimit limit)
    {
        if (opened.IsResumed)
            logger.RunResumed(opened.Id, description.Name, opened.Counts.Total);
        logger.RunStarted(opened.Id, description.Name, strategy.Name, limit.Degree, description.Count is { } count ? count : "an unknown number of");
    }
}
