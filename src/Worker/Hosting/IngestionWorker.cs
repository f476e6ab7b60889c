namespace Worker.Hosting;

/// <summary>Prepares the database, then carries out one run, or one after the other, until it is asked to stop.</summary>
internal sealed class IngestionWorker(
    ISchema schema, IIngestionRunner runner, RunOutput reporter, WorkerOutcome outcome, StopSignals signals,
    IOptionsMonitor<IngestionOptions> options, IHostApplicationLifetime lifetime, TimeProvider timeProvider, ILogger<IngestionWorker> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        CancellationToken stopReading = lifetime.ApplicationStopping;
        TimeSpan shutdownTimeout = options.CurrentValue.ShutdownTimeout;
        using CancellationTokenSource abort = new(Timeout.InfiniteTimeSpan, timeProvider);
        using CancellationTokenRegistration onStop = stopReading.Register(() => abort.CancelAfter(shutdownTimeout));
        using CancellationTokenRegistration onSignal = signals.First.Register(() => Log.Stopping(logger, shutdownTimeout));
        using CancellationTokenRegistration onSecondSignal = signals.Second.Register(abort.Cancel);
        try
        {
            await schema.EnsureReadyAsync(stopReading);
            outcome.IsSchemaReady = true;
            await RunRepeatedlyAsync(stopReading, abort.Token);
        }
        catch (OperationCanceledException) when (stopReading.IsCancellationRequested)
        {
            // Either between two runs, or before the first had an end.
        }
        catch (Exception e)
        {
            outcome.Fail(e);
            if (outcome.Problem is null)
                Log.Failed(logger, Failure.Describe(e));
            Log.FailedBecause(logger, e);
        }
        finally
        {
            // A worker that goes on until it is stopped falls short of nothing when it is, unless it had to abort what was in flight.
            bool hasNoEnd = !runner.HasEnd || options.CurrentValue.Repeat is not null;
            if (stopReading.IsCancellationRequested && !abort.IsCancellationRequested && !outcome.IsFaulted && hasNoEnd)
                outcome.ExitCode = ExitCodes.Success;
            lifetime.StopApplication();
        }
    }

    // Nothing here may run inside an activity: it would be the parent of every run there will ever be.
    private async Task RunRepeatedlyAsync(CancellationToken stopReading, CancellationToken abort)
    {
        while (true)
        {
            outcome.ExitCode = ExitCodes.Stopped;
            RunSummary summary = await reporter.WatchAsync(() => runner.RunAsync(stopReading, abort));
            outcome.ExitCode = !summary.IsComplete ? ExitCodes.Stopped : summary.FailedTooMany ? ExitCodes.SomeItemsFailed : ExitCodes.Success;
            await reporter.ReportAsync(summary);
            if (summary.UpstreamProblem is { } problem)
                throw new IngestionUnavailableException(problem);
            if (summary.SourceProblem is { } sourceProblem)
                throw sourceProblem;
            if (!summary.IsComplete && abort.IsCancellationRequested)
                Log.GaveUp(logger);
            if (!summary.IsComplete || options.CurrentValue.Repeat is not { } pause)
                return;

            Log.NextRun(logger, pause);
            await Task.Delay(pause, timeProvider, stopReading);
        }
    }
}
