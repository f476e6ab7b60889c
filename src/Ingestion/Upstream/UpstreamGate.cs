using System.Diagnostics.CodeAnalysis;

namespace Ingestion.Upstream;

/// <summary>
/// One queue before the upstream: first come, first served, as the <see cref="GateState"/> and the rate limit allow. One timer wakes
/// it, for whoever is first. While the gate is open, without a rate limit or a quota, passing it is a read and a step of a counter.
/// </summary>
internal sealed class UpstreamGate : IUpstreamGate, IDisposable
{
    private readonly GateNews _news;
    private readonly AnsweredItem _answered = new();
    private readonly TimeProvider _time;
    private readonly long _origin;
    private readonly ITimer _timer;
    private readonly IDisposable? _optionsSubscription;

    // Guards everything below, except that the volatile fields are read without it.
    private readonly Lock _lock = new();
    private readonly LinkedList<GateWaiter> _waiters = [];
    private readonly GateState _state;
    private readonly QuotaState _quota;
    private RequestPacer? _pacer;
    private TimeSpan? _wakeAt;
    private volatile bool _isFree;
    private volatile bool _hasUseForSuccess;
    private volatile bool _isRefused;
    private volatile int _timesRefused;

    // Passes that are not reported back. Not guarded: changed with one step.
    private int _inFlight;

    public UpstreamGate(IOptionsMonitor<UpstreamOptions> options, TimeProvider time, ILogger<UpstreamGate> logger)
    {
        _news = new GateNews(options.CurrentValue, logger);
        _state = new GateState(options.CurrentValue.StartupTimeout, options.CurrentValue.RefusalTimeout);
        _quota = new QuotaState(options.CurrentValue.MaxRetryAfter);
        _time = time;
        _origin = time.GetTimestamp();
        _timer = time.CreateTimer(static state => ((UpstreamGate)state!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Pace(options.CurrentValue);
        _optionsSubscription = options.OnChange(Pace);
    }

    public bool IsOpen => _isFree || Read(static (state, now) => state.IsOpen || state.IsProbeDue(now));
    public TimeSpan ClosedFor => Read(static (state, now) => state.IsOpen ? TimeSpan.Zero : now - state.ClosedAt);
    public string? WhyClosed => _news.WhyClosed;
    public double? RequestsPerSecond => Read((_, _) => _pacer?.RequestsPerSecond);
    public bool HasQuota => _news.HasQuota;
    public bool IsRefused => _isRefused;
    public int TimesRefused => _timesRefused;
    public CancellationToken GivenUp => _news.GivenUp;
    public string? Problem => _news.Problem;

    /// <summary>How many attempts wait.</summary>
    public int Waiting => Read((_, _) => _waiters.Count);

    // Monotonic: setting the clock neither shortens nor lengthens a pause.
    private TimeSpan Now => _time.GetElapsedTime(_origin);

    public GatePass Enter(CancellationToken abort)
    {
        abort.ThrowIfCancellationRequested();
        if (TryPassFreely())
            return default;
        if (!MustWait(out GatePass pass, out GateWaiter? waiter))
            return pass;

        using CancellationTokenRegistration registration = waiter.LeaveWhen(abort);
        return waiter.Task.GetAwaiter().GetResult();
    }

    public ValueTask<GatePass> EnterAsync(CancellationToken abort) =>
        !abort.IsCancellationRequested && TryPassFreely() ? ValueTask.FromResult(default(GatePass)) : EnterInTurnAsync(abort);

    public void Heed(Quota quota)
    {
        TimeSpan? pause = null;
        Change(() =>
        {
            TimeSpan now = Now;
            pause = _quota.Hear(quota, _inFlight, now) is { } asked && _state.TryPause(asked, now) ? asked : null;
        });
        if (pause is { } announced)
            _news.Tell(quota, _time.GetUtcNow() + announced);
    }

    public void ReportSuccess(GatePass pass, ItemKey? key = null)
    {
        _answered.Key = key;
        Interlocked.Decrement(ref _inFlight);
        if (pass.IsProbe || _hasUseForSuccess)
            Succeed(pass);
    }

    public void ReportFailure(GatePass pass, FetchFailure failure)
    {
        Interlocked.Decrement(ref _inFlight);
        Apply(() => _state.Fail(pass, failure, Now), failure);
    }

    public bool TryDoubt(ItemKey key)
    {
        if (_answered.Key is not { } answered || answered == key)
            return false;

        Change(() => _state.Doubt(Now));
        return true;
    }

    public void ReportAborted(GatePass pass)
    {
        Interlocked.Decrement(ref _inFlight);
        Change(pass.IsProbe ? _state.AbortProbe : static () => { });
    }

    public void Dispose()
    {
        _optionsSubscription?.Dispose();
        _timer.Dispose();
        _news.Dispose();
    }

    private async ValueTask<GatePass> EnterInTurnAsync(CancellationToken abort)
    {
        abort.ThrowIfCancellationRequested();
        if (!MustWait(out GatePass pass, out GateWaiter? waiter))
            return pass;

        using CancellationTokenRegistration registration = waiter.LeaveWhen(abort);
        return await waiter.Task;
    }

    // On its own, so that the way past it in ReportSuccess allocates nothing.
    private void Succeed(GatePass pass) => Apply(() => _state.Succeed(pass, Now));

    private bool TryPassFreely() => _isFree && Interlocked.Increment(ref _inFlight) is var _;

    private T Read<T>(Func<GateState, TimeSpan, T> read)
    {
        lock (_lock)
            return read(_state, Now);
    }

    private bool MustWait(out GatePass pass, [NotNullWhen(true)] out GateWaiter? waiter)
    {
        lock (_lock)
        {
            TimeSpan now = Now;
            waiter = null;
            if (_waiters.Count == 0 && TryAdmit(now, out pass))
                return false;

            pass = default;
            waiter = new GateWaiter(this);
            _waiters.AddLast(waiter.Place);
            SetTimer(now);
            return true;
        }
    }

    /// <summary>False if the waiter has been let through at the same moment: then it has a pass, and reports it.</summary>
    public bool TryLeave(GateWaiter waiter)
    {
        lock (_lock)
        {
            if (waiter.Place.List is null)
                return false;
            _waiters.Remove(waiter.Place);
            return true;
        }
    }

    private bool TryAdmit(TimeSpan now, out GatePass pass)
    {
        bool isProbe = _state.IsProbeDue(now);
        pass = new GatePass(isProbe, isProbe && _state.IsCanaryNext ? _answered.Key : null);
        if (!isProbe && !(_state.IsOpen && _quota.Allows(_inFlight, now) && (_pacer is null || _pacer.TryTake(now))))
            return false;

        Interlocked.Increment(ref _inFlight);
        if (isProbe)
        {
            _state.StartProbe(now);
            _pacer?.Take(now);
        }

        return true;
    }

    private void Pace(UpstreamOptions options) => Change(() =>
    {
        if (options.RequestsPerSecond != _pacer?.RequestsPerSecond)
            _pacer = options.RequestsPerSecond is { } rate ? new RequestPacer(rate, Now) : null;
    });

    private void Wake() => Change(() => _wakeAt = null);

    private void Change(Action change) => Apply(() =>
    {
        change();
        return default;
    });

    /// <summary>Changes the state under the lock, then tells everybody whom the change concerns, outside of it.</summary>
    private void Apply(Func<GateTransition> change, FetchFailure? failure = null)
    {
        List<GateWaiter> admitted = [];
        GateTransition transition;
        lock (_lock)
        {
            transition = change();
            TimeSpan now = Now;
            while (_waiters.First is { } first && TryAdmit(now, out GatePass pass))
            {
                _waiters.RemoveFirst();
                first.Value.Pass = pass;
                admitted.Add(first.Value);
            }

            SetTimer(now);
            _hasUseForSuccess = _state.HasUseForSuccess || _quota.IsKnown;
            (_isRefused, _timesRefused) = (_state.IsRefused, _state.TimesRefused);
            _isFree = _state.IsOpen && _pacer is null && !_quota.IsKnown;
            Debug.Assert(!_isFree || _waiters.Count == 0, "Nobody waits at an open gate.");
            Debug.Assert(!_state.IsProbeOut || !_state.IsOpen, "An open gate needs no probe.");
        }

        _news.Tell(transition, failure);
        foreach (GateWaiter waiter in admitted)
            waiter.SetResult(waiter.Pass);
    }

    // A probe that is out needs no timer: its report wakes the others. A timer that fires early is set again for the rest.
    private void SetTimer(TimeSpan now)
    {
        if (_waiters.Count == 0 || _state.IsProbeOut)
            return;

        TimeSpan wakeAt = !_state.IsOpen ? _state.ReopensAt : _quota.Allows(_inFlight, now) ? _pacer!.NextAt : _quota.Until;
        if (wakeAt == _wakeAt)
            return;

        _wakeAt = wakeAt;
        double milliseconds = Math.Clamp(Math.Ceiling((wakeAt - now).TotalMilliseconds), 0, int.MaxValue);
        _timer.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
    }
}
