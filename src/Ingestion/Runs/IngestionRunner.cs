using Ingestion.Concurrency;
using Ingestion.Runs.Feeding;
using Ingestion.Runs.Watching;
using Ingestion.Sources;
using Ingestion.Storage;
using Ingestion.Upstream;

namespace Ingestion.Runs;

/// <summary>
/// Carries out a run: lease the source, open the run, feed the channel, let the strategy work, close the run. Should another process get the lease
/// meanwhile, the run is its; this one stands by, and takes the run up again when the lease is free.
/// </summary>
internal sealed class IngestionRunner(RunServices services) : IIngestionRunner
{
    private static readonly TimeSpan PrunePatience = TimeSpan.FromSeconds(5);

    /// <summary>How often history is removed beside a run that may have no end.</summary>
    private static readonly TimeSpan PruneInterval = TimeSpan.FromHours(1);

    /// <summary>As it was at start: of these settings, only the degree of parallelism follows a reload.</summary>
    private readonly IngestionOptions _configured = services.Options.CurrentValue;

    private readonly string _upstream = UpstreamAddress.NameOf(services.UpstreamOptions.Value.BaseAddress);

    private volatile Run? _active;

    public RunProgress Progress => _active?.Progress ?? default;

    public RunMoment? Moment => _active?.Moment;

    public bool HasEnd => services.Source.HasEnd;

    private StrategyDescriptor Strategy => StrategyCatalog.Find(_configured.Strategy)
        ?? throw new InvalidOperationException($"strategy '{_configured.Strategy}' passed validation but does not exist");

    public async Task<RunSummary> RunAsync(CancellationToken stopReading, CancellationToken abort)
    {
        SourceDescription description = await services.Source.DescribeAsync(stopReading);
        Guid? interrupted = null;
        while (true)
        {
            await using ISourceLease? lease = description.IsShared ? null : await services.Store.LeaseSourceAsync(description.Name, stopReading);
            OpenedRun opened = await services.Store.OpenAsync(Start(description, interrupted), stopReading);
            using RunTokens tokens = new(services.TimeProvider, stopReading, abort, lease?.Lost ?? default);
            try
            {
                if (await RunUnderLeaseAsync(description, opened, tokens) is { } summary)
                    return summary;
            }
            catch (OperationCanceledException) when (tokens.IsLost)
            {
                // It had hardly begun.
            }

            if (description.IsOnce)
                throw new IngestionUnavailableException($"another worker took over the source {description.Name}, and what was read from it cannot be read again");

            interrupted = opened.Id;
        }
    }

    private RunStart Start(SourceDescription description, Guid? interrupted)
    {
        bool resume = !description.IsRedrive && !description.IsShared && !description.IsOnce && (interrupted is not null || _configured.Resume);
        int degree = Strategy.NumberOf(services.Options.CurrentValue.DegreeOfParallelism); // A change may have brought one for another strategy.
        string resource = services.Transformer.Resource.Path.Template;
        return new RunStart(description.Name, resource, _upstream, Strategy.Name, degree, description.Count, resume, interrupted, description.IsShared) { ResumeWithin = _configured.ResumeWithin };
    }

    /// <summary>Null when the lease was lost: then everything else is up to the process that has it.</summary>
    private async Task<RunSummary?> RunUnderLeaseAsync(SourceDescription description, OpenedRun opened, RunTokens tokens)
    {
        using CancellationTokenRegistration givenUp = services.Gate.GivenUp.UnsafeRegister(static tokens => ((RunTokens)tokens!).EndReading(), tokens);
        StrategyDescriptor strategy = Strategy;
        Degree degree = services.Options.CurrentValue.DegreeOfParallelism;
        int? learned = strategy.Adapts(degree) ? await services.Store.FindLearnedLimitAsync(_upstream, tokens.StopReading) : null;
        ConcurrencyLimit limit = new(strategy.NumberOf(degree), strategy.Adapts(degree), learned);
        if (opened.IsResumed)
            services.Logger.RunResumed(opened.Id, description.Name, opened.Counts.Total);
        services.Logger.RunStarted(opened.Id, description.Name, strategy.Name, limit.Degree, description.Count is { } count ? count : "an unknown number of");

        using IDisposable? follower = DegreeFollower.Follow(services.Options, strategy, limit, services.Logger);
        using Run run = new(services, _configured, description, opened, strategy, limit, tokens);
        _active = run;
        services.Metrics.Observe(() => run.Reading, Enum.GetNames<Outcome>());
        try
        {
            await using (run.Writer)
            {
                using StallDetector? stalls = WatchForStalls(run);
                Task pruning = description.IsShared ? PruneMeanwhileAsync(tokens) : Task.CompletedTask;
                await IngestAsync(run, strategy.Strategy, [NewFeeder(overtakes: false), .. run.Queue.HasUrgent ? [NewFeeder(overtakes: true)] : (Feeder[])[]]);
                await tokens.LeaveAsync(pruning);
            }

            return tokens.IsLost ? null : await CloseAsync(run, opened.Id, description);
        }
        finally
        {
            await tokens.LeaveAsync(services.Source.EndAsync().AsTask());
        }

        Feeder NewFeeder(bool overtakes) => new(run.Source, description, opened, services.Store, UsesTags(description), run.Queue, _configured.ChannelCapacity, overtakes);
    }

    // What failed is fetched whole: whatever was wrong with it, a redrive is there to look again. The tag of an array is not that of a record.
    private bool UsesTags(SourceDescription description) => services.UpstreamOptions.Value is { ConditionalRequests: true, IdsPerRequest: 1 } && !description.IsRedrive;

    // What a single attempt is allowed to take, and a little more for its end to be seen, is not a stall, whatever is configured.
    private StallDetector? WatchForStalls(Run run)
    {
        TimeSpan attempt = (run.UpstreamOptions.AttemptTimeout + _configured.Delay) * 1.1;
        TimeSpan timeout = _configured.StallTimeout > attempt ? _configured.StallTimeout : attempt;
        return _configured.StallTimeout > TimeSpan.Zero ? new StallDetector(run, timeout) : null;
    }

    private static async Task IngestAsync(Run run, IConcurrencyStrategy strategy, Feeder[] feeders)
    {
        RetryThrottle throttle = new(run.Services.RetryBudget, run.Metrics, run.TimeProvider, run.Services.Logger);
        RunTokens tokens = run.Tokens;
        Task[] bringing =
        [
            .. feeders.Select(feeder => Task.Run(() => feeder.FeedAsync(tokens.StopReading), CancellationToken.None)),
            Task.Run(() => run.Queue.PumpRetriesAsync(throttle, tokens.StopReading), CancellationToken.None),
            run.Queue.HasUrgent ? Task.Run(() => run.Queue.PumpRetriesAsync(throttle, tokens.StopReading, urgent: true), CancellationToken.None) : Task.CompletedTask,
        ];
        // Without one of those that bring items, the strategy would wait for ever.
        foreach (Task each in bringing)
            _ = each.ContinueWith(_ => tokens.EndReading(), CancellationToken.None, TaskContinuationOptions.NotOnRanToCompletion, TaskScheduler.Default);
        try
        {
            await StrategyContext<WorkItem[]>.RunAsync(strategy, new GroupReader(run.Queue.Reader, run.ItemsPerAttempt), run, run.Slots, tokens.StopReading, tokens.Abort);
        }
        catch (OperationCanceledException) when (tokens.Abort.IsCancellationRequested)
        {
            // What was in flight has no outcome and is done again by the next run.
        }
        finally
        {
            tokens.EndReading();
            await tokens.LeaveAsync(Task.WhenAll(bringing));
        }
    }

    /// <summary>Removes history that is older than it is kept, after a run that came to its end: one that is stopped leaves at once. What is not done soon is left to the next; no failure of it is one of the run.</summary>
    private async Task PruneAsync(CancellationToken giveUp)
    {
        if (services.StorageOptions.Value.KeepRuns is not { } keep)
            return;

        try
        {
            History gone = await services.Retention.PruneAsync(keep, PrunePatience, giveUp);
            if (gone.Outcomes > 0 || gone.Runs > 0)
                services.Logger.HistoryRemoved(gone.Runs, gone.Outcomes, keep);
        }
        catch (Exception exception) when (exception is IngestionUnavailableException or IngestionConfigurationException)
        {
            services.Logger.HistoryStays(exception.Message);
        }
        catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
        {
            // The next run does it.
        }
    }

    /// <summary>Removes it beside a run over a queue, which may go on for months.</summary>
    private async Task PruneMeanwhileAsync(RunTokens tokens)
    {
        if (services.StorageOptions.Value.KeepRuns is not { } keep)
            return;

        using PeriodicTimer timer = new(keep < PruneInterval ? keep : PruneInterval, services.TimeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(tokens.StopReading))
                await PruneAsync(tokens.StopReading);
        }
        catch (OperationCanceledException) when (tokens.StopReading.IsCancellationRequested)
        {
            // The next run does it.
        }
    }

    private async Task<RunSummary> CloseAsync(Run run, Guid id, SourceDescription description)
    {
        RunSummary summary = run.Summarize();
        if (summary is { IsComplete: true, Counts: { Total: > 0, Ingested: 0, Unchanged: 0 } })
            services.Logger.NothingFound(summary.Counts.Total, _upstream);
        run.Traces.Dispose();

        // The last word on a run is written even when the run was aborted, only then it may not take long.
        CancellationToken patience = run.Tokens.GiveUp;
        RunStatus status = summary.IsComplete ? RunStatus.Finished : RunStatus.Stopped;
        try
        {
            if (summary.ConcurrencyLimit is { } limit && summary.Counts.Total > summary.AlreadyDone)
                await services.Store.StoreLearnedLimitAsync(id, _upstream, limit, patience);
            if (description.IsShared)
                await services.Store.CloseSharedAsync(id, status, summary.Counts, patience);
            else
                summary = summary with { Counts = await services.Store.CloseAsync(id, status, patience) }; // Of an ID that was delivered twice there is one.
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            // The run stays "running" in the book, as after a crash; the next one takes it up, or has done so.
        }

        OutcomeCounts counts = summary.Counts;
        if (summary.IsComplete && description.IsEstimate)
            summary = summary with { Requested = counts.Total };
        services.Logger.RunEnded(id, status.ToString(), counts.Ingested, counts.Unchanged, counts.NotFound, counts.Failed);
        run.Finished(summary);
        if (summary.IsComplete)
            await PruneAsync(patience);
        TimeProvider time = run.TimeProvider;
        long endedAt = time.GetTimestamp();
        services.Metrics.RunEnded(() => time.GetElapsedTime(endedAt));
        return summary;
    }
}
