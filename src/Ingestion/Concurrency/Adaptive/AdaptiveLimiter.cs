namespace Ingestion.Concurrency.Adaptive;

/// <summary>
/// Finds how many attempts the upstream can handle at once, and follows it. A pure state machine over what it is told: it has no clock, and starts nothing.
/// Once per round trip it looks at the attempts that ended in it. Nothing wrong and the limit in use: it grows, doubling at first, then by
/// one and more the longer it goes well. Latency above its band twice in a row, or attempts lost: × 0.9. A rejection shows where the capacity ends: the
/// limit goes just below it at once, stays there, and tries one more now and then. While the worker's cores are busy the rate decides, and latency does not. All state is guarded by one lock.
/// </summary>
internal sealed class AdaptiveLimiter : IConcurrencyFeedback
{
    /// <summary>What the limit is at first.</summary>
    public const int Start = 4;

    /// <summary>The factor of a decrease. Source: Vector's adaptive request concurrency, https://vector.dev/docs/about/under-the-hood/networking/arc/.</summary>
    private const double Decrease = 0.9;

    /// <summary>How many standard errors the mean latency may be above the baseline, and the least share of the baseline that counts.</summary>
    private const double Band = 3, LeastBand = 0.1;

    /// <summary>Latency has to be above its band in this many round trips, one after the other: a first one stops the growth only.</summary>
    private const int SlowRoundTrips = 2;

    /// <summary>Decreases in a row without lower latency: then it is not this client that makes it long.</summary>
    private const int FutileDecreases = 4;

    /// <summary>More than this share of a round trip's attempts lost is back-pressure; fewer are the network's.</summary>
    private const double ToleratedLosses = 0.05;

    /// <summary>Rejections leave this share of the limit in a round trip.</summary>
    private const double LeastPerRoundTrip = 0.5;

    /// <summary>A rejection that asks for a pause is risked again after so many times the pause: so at most 1 / 40 of the time is spent in pauses.</summary>
    private const int PausesPerProbe = 40;

    /// <summary>A round trip is judged by at least this many attempts, however few are in flight.</summary>
    private const int MinSamples = 8;

    /// <summary>A steady increase is this share of the limit for each round trip that went well before it, and at most five times that.</summary>
    private const double Growth = 0.02, MaxStreak = 5;

    /// <summary>The limit counts as in use when this share of it was.</summary>
    private const double InUse = 0.8;

    private readonly Lock _lock = new();
    private readonly Action<int> _apply;
    private readonly Func<int>? _occupied;
    private readonly Func<TimeSpan, bool>? _areCoresBusy;
    private readonly LatencyBaseline _baseline = new();
    private readonly RejectedLevel _rejected = new();
    private readonly ThroughputClimb _climb = new();
    private double _limit;
    private volatile int _whole;
    private volatile bool _hasMetLimit;
    private bool _isStarting;
    private int _ceiling, _inFlight, _slowInARow, _streak;

    // The decreases since latency was within its band last: how many, the highest ratio seen, and the limit before the first.
    private int _decreases;
    private double _ratioBefore, _limitBefore;

    // The last round trip, and the one that is going on.
    private TimeSpan _roundTrip, _idleSince;
    private TimeSpan? _began;
    private double _limitAtBegin;
    private int _attemptsBefore, _answers, _rejections, _lost, _peak;

    /// <param name="ceiling">The limit never exceeds it; 1 or more.</param>
    /// <param name="apply">Puts a limit in force. Called under the lock, for every change.</param>
    /// <param name="learned">A limit learned before, to begin with instead of a slow start.</param>
    /// <param name="occupied">What of the limit is used beside the attempts in flight, and by them; null: nothing else.</param>
    /// <param name="areCoresBusy">Whether the worker's cores are busy, at a time; asked once per round trip, under the lock. Null: never.</param>
    public AdaptiveLimiter(int ceiling, Action<int> apply, int? learned = null, Func<int>? occupied = null, Func<TimeSpan, bool>? areCoresBusy = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ceiling, 1);
        (_ceiling, _apply, _occupied, _areCoresBusy) = (ceiling, apply, occupied, areCoresBusy);
        _isStarting = learned is null;
        _limit = _limitAtBegin = _whole = Math.Clamp(learned ?? Start, 1, ceiling);
    }

    /// <summary>The limit in force.</summary>
    public int Limit => _whole;

    public bool IsAtFloor => Limit == 1;

    /// <summary>Whether the upstream has shown in this run where it ends: it was slower with more attempts at once, or refused some.</summary>
    public bool HasMetLimit => _hasMetLimit;

    private int InUseNow => Math.Max(_inFlight, _occupied?.Invoke() ?? 0);

    // Of all that began together at first, those that end first are the shortest: the first round trip takes all of them.
    private int LeastAttempts => Math.Max(_roundTrip == TimeSpan.Zero ? Math.Min(_peak, (int)_limitAtBegin) : 1, Math.Min(MinSamples, 2 * _whole));

    /// <summary>Changes the ceiling.</summary>
    public void SetCeiling(int ceiling)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ceiling, 1);
        lock (_lock)
        {
            _ceiling = ceiling;
            Set(_limit);
        }
    }

    public void Started(TimeSpan now)
    {
        lock (_lock)
        {
            // A pause of the upstream gate is no part of a round trip.
            if (_inFlight == 0 && _began is not null)
                _began += now - _idleSince;
            _began ??= now;
            _inFlight++;
            _peak = Math.Max(_peak, InUseNow);
        }
    }

    public void Ended(TimeSpan now, AttemptEnd attempt)
    {
        lock (_lock)
        {
            int level = InUseNow;
            if (--_inFlight == 0)
                _idleSince = now;
            switch (attempt.Result)
            {
                case AttemptResult.Answered:
                    _answers++;
                    _baseline.Add(attempt.Latency, attempt.Size);
                    if (level >= _whole && (_limit < _climb.Target || (_isStarting && _slowInARow == 0)))
                        Set(_limit + 1);
                    break;
                case AttemptResult.Rejected:
                    _rejections++;
                    if (_rejected.IsExceeded(_rejections, Math.Max(_attemptsBefore, _answers)))
                        StayBelow(level, attempt.Pause > TimeSpan.Zero ? now + (attempt.Pause * PausesPerProbe) : default);
                    break;
                case AttemptResult.Lost:
                    _lost++;
                    break;
            }

            int attempts = _answers + _rejections + _lost;
            if (_began is { } began && now - began >= _roundTrip && attempts >= LeastAttempts)
                CloseRoundTrip(now - began, attempts, now);
        }
    }

    private void StayBelow(int level, TimeSpan notBefore)
    {
        // When everything is rejected, the attempts that are left say nothing about a capacity.
        level = Math.Max(level, (int)(_limitAtBegin * LeastPerRoundTrip) + 1);
        (_isStarting, _hasMetLimit, _streak) = (false, true, 0);
        _climb.Reset();
        _rejected.Hit(level, notBefore);
        Set(Math.Min(_limit, level - 1));
    }

    private void CloseRoundTrip(TimeSpan took, int attempts, TimeSpan now)
    {
        RoundTripLatency latency = _baseline.Measure();
        if (latency.Answers > 0)
            _roundTrip = TimeSpan.FromSeconds(latency.Seconds);
        bool areCoresBusy = _areCoresBusy?.Invoke(now) ?? false;
        bool isSlow = latency.Ratio > 1 + Math.Max(LeastBand, Band * latency.Error);
        _slowInARow = isSlow ? _slowInARow + 1 : 0;
        bool isFutile = false;
        if (_lost > attempts * ToleratedLosses)
            Shrink();
        else if (_slowInARow >= SlowRoundTrips && _isStarting)
            EndStart(_answers / took.TotalSeconds * latency.Baseline);
        else if (areCoresBusy && !_isStarting)
            Climb(attempts, now);
        else if (_slowInARow >= SlowRoundTrips)
            isFutile = !TryShrink(latency.Ratio);
        else if (!isSlow)
            GrowIfInUse(attempts, now);

        _rejected.Close(_rejections, attempts);
        _baseline.Close(isSlow, isFutile);
        if (!areCoresBusy)
            _climb.Reset();
        _limitAtBegin = _limit;
        (_began, _attemptsBefore, _answers, _rejections, _lost, _peak) = (now, attempts, 0, 0, 0, 0);
    }

    /// <summary>Rejections tell as much as before.</summary>
    private void Climb(int attempts, TimeSpan now)
    {
        (_slowInARow, _decreases) = (0, 0);
        _hasMetLimit = _rejected.IsKnown;
        if (_rejected.IsKnown)
            GrowIfInUse(attempts, now);
        else if (_climb.Close(_limit, _ceiling, _peak >= InUse * _whole, _answers, _roundTrip, now) is { } better)
            Set(better);
    }

    /// <summary>There may be a long way back from doubling: to what the upstream handled, by Little's law.</summary>
    private void EndStart(double borne)
    {
        (_isStarting, _hasMetLimit, _slowInARow) = (false, true, 0);
        Set(Math.Min(_limit, borne));
    }

    /// <summary>Shrinks, unless that has not helped before: then the limit is what it was, and the latency seen is the upstream's own.</summary>
    private bool TryShrink(double ratio)
    {
        if (_decreases == 0)
            (_ratioBefore, _limitBefore) = (ratio, _limit);
        _ratioBefore = Math.Max(_ratioBefore, ratio); // At first only a part of the attempts may have been slow.
        if (++_decreases > FutileDecreases)
        {
            _decreases = 0;
            if (ratio > _ratioBefore * Decrease)
            {
                (_slowInARow, _hasMetLimit) = (0, false);
                Set(_limitBefore);
                return false;
            }
        }

        Shrink();
        return true;
    }

    private void Shrink()
    {
        (_isStarting, _hasMetLimit, _slowInARow, _streak) = (false, true, 0, 0);
        _climb.Reset();
        Set(_limit * Decrease);
    }

    private void GrowIfInUse(int attempts, TimeSpan now)
    {
        _decreases = 0;
        if (_isStarting || _rejected.IsHit || _peak < InUse * _whole)
            return;

        double wanted = Math.Min(_ceiling, _limit + Math.Max(1, _limit * Growth * Math.Min(++_streak, MaxStreak)));
        Set(_rejected.Bound(_limit, wanted, _peak, _rejections, attempts, now));
    }

    private void Set(double limit)
    {
        int before = _whole;
        _limit = Math.Clamp(limit, 1, _ceiling);
        _whole = (int)_limit;
        if (_whole != before)
            _apply(_whole);
    }
}
