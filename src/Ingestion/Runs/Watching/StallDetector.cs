namespace Ingestion.Runs.Watching;

/// <summary>
/// Notices when no attempt ends although some are in flight and nothing is known to be in their way: the gate is open, and the database answers. Says
/// so once per stall, with what every attempt is doing, and reports it to the <see cref="RunHealth"/> until one has ended, with an outcome or to be made again.
/// </summary>
internal sealed class StallDetector : IDisposable
{
    /// <summary>The most attempts that are described, longest first.</summary>
    private const int MaxDescribed = 20;

    private const int ChecksPerTimeout = 10;

    private readonly Run _run;
    private readonly TimeSpan _timeout;
    private readonly ITimer _timer;

    // Timers may overlap; the lock guards everything below.
    private readonly Lock _lock = new();
    private long _ended = -1;
    private long _since;
    private bool _isDisposed;

    /// <param name="timeout">How long nothing may end, beside what the rate limit asks for; more than 0.</param>
    public StallDetector(Run run, TimeSpan timeout)
    {
        _run = run;
        _timeout = timeout;
        Check();
        _timer = run.TimeProvider.CreateTimer(
            static detector => ((StallDetector)detector!).Check(), this, timeout / ChecksPerTimeout, timeout / ChecksPerTimeout);
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_lock)
        {
            _isDisposed = true;
            Health.ReportProgress();
        }
    }

    private RunHealth Health => _run.Services.Health;

    /// <summary>The time between two requests that the rate limit asks for.</summary>
    private TimeSpan Pace => _run.Gate.RequestsPerSecond is { } rate ? TimeSpan.FromSeconds(1 / rate) : TimeSpan.Zero;

    private void Check()
    {
        lock (_lock)
        {
            if (_isDisposed)
                return;

            long ended = _run.Tally.Counts.Total + _run.Tally.Retries;
            bool mayBeQuiet = _run.Recent.OpenCount == 0 || !_run.Gate.IsOpen || _run.Services.StorageHealth.Problem is not null;
            if (ended != _ended || mayBeQuiet)
            {
                _ended = ended;
                _since = _run.TimeProvider.GetTimestamp();
                Health.ReportProgress();
            }
            else if (Health.Problem is null && _run.TimeProvider.GetElapsedTime(_since) is var quiet && quiet >= _timeout + Pace)
            {
                Report(quiet);
            }
        }
    }

    private void Report(TimeSpan quiet)
    {
        int count = _run.Recent.OpenCount;
        string rest = count > MaxDescribed ? $"; and {count - MaxDescribed} more" : "";
        Health.ReportStalled($"no item has ended for {quiet:c} although {count} are in flight");
        _run.Metrics.Stalled();
        _run.Services.Logger.Stalled(quiet, count, string.Join("; ", _run.Recent.Describe(MaxDescribed)) + rest);
    }
}
