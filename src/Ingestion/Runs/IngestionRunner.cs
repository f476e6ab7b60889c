using System.Diagnostics;
using Ingestion.Characters;
using Ingestion.Concurrency;
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
    CharacterTransformer transformer,
    IRunStore store,
    IngestionMetrics metrics,
    IOptionsMonitor<IngestionOptions> options,
    IOptions<UpstreamOptions> upstreamOptions,
    IOptions<TracingOptions> tracingOptions,
    TimeProvider timeProvider,
    ILogger<IngestionRunner> logger) : IIngestionRunner
{
    /// <summary>How long the last commit and closing the run may take together once the run was aborted; what is not recorded then, a later run finds out for itself.</summary>
    private static readonly TimeSpan CloseAfterAbort = TimeSpan.FromSeconds(3);

    private volatile ActiveRun? _active;

    public RunProgress Progress => _active?.Progress ?? default;

    public async Task<RunSummary> RunAsync(CancellationToken stopReading, CancellationToken abort)
    {
        SourceDescription description = await source.DescribeAsync(stopReading);
        Guid? interrupted = null;
        while (true)
        {
            await using ISourceLease lease = await store.LeaseSourceAsync(description.Name, stopReading);
            OpenedRun opened = await store.OpenAsync(Start(description, interrupted), stopReading);
            if (await RunUnderLeaseAsync(description, opened, lease.Lost, stopReading, abort) is { } summary)
                return summary;

            interrupted = opened.Id;
        }
    }

    private RunStart Start(SourceDescription description, Guid? interrupted)
    {
        (StrategyDescriptor strategy, int degree) = Configured();
        bool resume = interrupted is not null || options.CurrentValue.Resume;
        return new RunStart(description.Name, strategy.Name, degree, description.Count, resume, interrupted);
    }

    private (StrategyDescriptor Strategy, int Degree) Configured()
    {
        IngestionOptions configured = options.CurrentValue;
        StrategyDescriptor strategy = StrategyCatalog.Find(configured.Strategy)
            ?? throw new InvalidOperationException($"strategy '{configured.Strategy}' passed validation but does not exist");
        return (strategy, strategy.FixedDegree ?? configured.DegreeOfParallelism);
    }

    /// <summary>Null when the lease was lost: then everything else is up to the process that has it.</summary>
    private async Task<RunSummary?> RunUnderLeaseAsync(
        SourceDescription description, OpenedRun opened, CancellationToken lost, CancellationToken stopReading, CancellationToken abort)
    {
        using CancellationTokenSource stopOrLost = CancellationTokenSource.CreateLinkedTokenSource(stopReading, lost);
        using CancellationTokenSource abortOrLost = CancellationTokenSource.CreateLinkedTokenSource(abort, lost);
        (stopReading, abort) = (stopOrLost.Token, abortOrLost.Token);
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(lost);
        using CancellationTokenRegistration registration = abort.UnsafeRegister(
            static state => ((CancellationTokenSource)state!).CancelAfter(CloseAfterAbort), patience);
        IngestionOptions configured = options.CurrentValue;
        (StrategyDescriptor strategy, int degree) = Configured();
        ConcurrencyLimit limit = new(degree);
        Announce(opened, description, strategy, limit);

        RunTags tags = new(opened.Id.ToString(), description.Name, strategy.Name, limit.Degree);
        ActivityContext started = RunSpans.Started(tags, description.Count);
        using IDisposable? follower = DegreeFollower.Follow(options, strategy, limit, logger);

        ActiveRun run = new(opened, description, limit, gate, configured.ChannelCapacity, timeProvider, metrics);
        _active = run;
        metrics.Observe(() => run.Slots.InUse, () => run.Queue.Depth, () => limit.Degree);
        ItemTraces traces = new(tracingOptions.Value, tags, started, timeProvider);
        long startedAt = timeProvider.GetTimestamp();
        try
        {
            using CancellationTokenSource leaveGate = CancellationTokenSource.CreateLinkedTokenSource(stopReading, abort);
            await using (IOutcomeWriter writer = store.OpenWriter(opened.Id, patience.Token))
            {
                RunContext context = new()
                {
                    Source = source,
                    Upstream = upstream,
                    Gate = gate,
                    Transformer = transformer,
                    Writer = writer,
                    Queue = run.Queue,
                    Tally = run.Tally,
                    Clock = run.Clock,
                    Threads = run.Threads,
                    Traces = traces,
                    Tags = tags,
                    Metrics = metrics,
                    TimeProvider = timeProvider,
                    Logger = logger,
                    LeaveGate = leaveGate.Token,
                    Delay = configured.Delay,
                    MaxAttempts = upstreamOptions.Value.MaxAttempts,
                };
                Feeder feeder = new(source, description, opened.Completed, run.Queue);
                await RunStrategyAsync(strategy.Create(run.Slots), feeder, run.Queue, new RunStages(context), stopReading, abort);
            }

            if (lost.IsCancellationRequested)
                return null;

            RunSummary summary = run.Summarize(tags, limit.Degree, timeProvider.GetElapsedTime(startedAt));
            traces.Close();
            await CloseAsync(opened.Id, summary, patience.Token);
            RunSpans.Finished(tags, started, summary);
            return summary;
        }
        finally
        {
            traces.Close();
            run.Dispose();
        }
    }

    private static async Task RunStrategyAsync(
        IConcurrencyStrategy strategy, Feeder feeder, WorkQueue queue, RunStages stages, CancellationToken stopReading, CancellationToken abort)
    {
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(stopReading);
        Task feeding = Task.Run(() => feeder.FeedAsync(over), CancellationToken.None);
        Task retrying = Task.Run(() => queue.PumpRetriesAsync(over.Token), CancellationToken.None);
        try
        {
            await strategy.RunAsync(queue.Reader, stages, over.Token, abort);
        }
        catch (OperationCanceledException) when (abort.IsCancellationRequested)
        {
            // What was in flight has no outcome and is done again by the next run.
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAll(feeding, retrying);
        }
    }

    private async Task CloseAsync(Guid runId, RunSummary summary, CancellationToken patience)
    {
        // The last word on a run is written even when the run was aborted, only then it may not take long.
        RunStatus status = summary.IsComplete ? RunStatus.Finished : RunStatus.Stopped;
        try
        {
            await store.CloseAsync(runId, status, patience);
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
        logger.RunStarted(opened.Id, description.Name, strategy.Name, limit.Degree, description.Count);
    }
}
