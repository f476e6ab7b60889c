using System.Runtime.InteropServices;

namespace Worker.Recording;

/// <summary>
/// Writes the latest attempts as a report when there is a cause: once a second it looks for one, beside the run. A cause that goes on is one report: the next is
/// written a minute after it was last seen. Whatever happens to the report, the run goes on.
/// </summary>
internal sealed class FlightRecorder(
    IOptions<RecordingOptions> options, IIngestionRunner runner, RunHealth health, RecentAttempts recent, RunControl control, TraceViewer viewer, TimeProvider timeProvider, ILogger<FlightRecorder> logger)
    : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    /// <summary>As the kernels number it: Linux, and those that come from BSD.</summary>
    private static readonly PosixSignal UserSignal = (PosixSignal)(OperatingSystem.IsLinux() ? 10 : 30);

    /// <summary>Ten minutes of moments, one a second.</summary>
    private const int MomentsKept = 600;

    private readonly RecordingOptions _options = options.Value;
    private readonly RecordingFolder? _folder = options.Value.Folder is { } path ? new RecordingFolder(path, options.Value.Keep) : null;
    private readonly Queue<RunMoment> _moments = new();
    private readonly Queue<long> _failed = new([0]);
    private readonly Dictionary<RecordingCause, long> _seen = [];
    private PosixSignalRegistration? _onSignal;
    private volatile bool _isAsked;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Before a run begins: without a handler, the signal would end the process.
        if (!OperatingSystem.IsWindows())
            _onSignal = PosixSignalRegistration.Create(UserSignal, OnSignal);
        if (_folder?.Problem is { } problem)
            Log.NotRecorded(logger, problem);
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _onSignal?.Dispose();
        base.Dispose();
    }

    /// <summary>Somebody wants a report.</summary>
    internal void Ask()
    {
        if (_folder is null)
            Log.NoRecordingFolder(logger);
        _isAsked = true;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_folder is null)
            return;

        using PeriodicTimer timer = new(Interval, timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await LookAsync();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The worker stops.
        }
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        Ask();
    }

    /// <summary>Looks for causes, and writes what they ask for.</summary>
    internal async Task LookAsync()
    {
        if (_folder is null || runner.Moment is not { } moment)
            return;

        Keep(moment);
        foreach ((RecordingCause cause, string why) in Causes())
        {
            if (!IsNew(cause))
                continue;

            try
            {
                DateTimeOffset now = timeProvider.GetUtcNow();
                if (LatestAttempts.Report(recent, moment, [.. _moments], control.Marks, why, viewer.TraceLink(moment.RunId)) is { } document)
                    Log.Recorded(logger, await _folder.WriteAsync(now, cause, moment.RunId, document), why);
                else
                    Forget(cause);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Log.NotRecorded(logger, e.Message);
                // There is none to be too young: once there is room, asking again is enough.
                if (cause == RecordingCause.Signal)
                    _seen.Remove(cause);
            }
        }
    }

    private void Keep(RunMoment moment)
    {
        if (_moments.Count == MomentsKept)
            _moments.Dequeue();
        _moments.Enqueue(moment with { ThreadNames = [] });
        if (_failed.Count == Pause / Interval)
            _failed.Dequeue();
        _failed.Enqueue(recent.Failed);
    }

    private IEnumerable<(RecordingCause Cause, string Why)> Causes()
    {
        if (_isAsked)
        {
            _isAsked = false;
            yield return (RecordingCause.Signal, "it was asked for with SIGUSR1");
        }

        if (health.Problem is { } stalled)
            yield return (RecordingCause.Stall, stalled);
        if (recent.TakeLongest() is { } longest && longest.Took > _options.SlowAttempt)
            yield return (RecordingCause.Slow, $"the attempt at item {longest.Key} took {Quantity.Of(longest.Took)}; Recording:SlowAttempt is {Quantity.Of(_options.SlowAttempt.Value)}");
        if (recent.Failed - _failed.Peek() is var failed && failed >= _options.FailuresPerMinute)
            yield return (RecordingCause.Failures, $"{Quantity.Of(failed, "attempt")} failed within a minute; Recording:FailuresPerMinute is {Quantity.Of(_options.FailuresPerMinute.Value)}");
    }

    /// <summary>No attempt has begun yet: whoever asked gets the report when one has.</summary>
    private void Forget(RecordingCause cause)
    {
        _seen.Remove(cause);
        _isAsked |= cause == RecordingCause.Signal;
    }

    private bool IsNew(RecordingCause cause)
    {
        long now = timeProvider.GetTimestamp();
        bool isNew = !_seen.TryGetValue(cause, out long before) || timeProvider.GetElapsedTime(before, now) >= Pause;
        if (isNew || cause != RecordingCause.Signal)
            _seen[cause] = now;
        else
            Log.RecordedLately(logger);
        return isNew;
    }
}
