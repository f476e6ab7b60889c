namespace Ingestion.Concurrency.Adaptive;

/// <summary>
/// Finds a limit by what it brings, for the time when the cores are busy: then latency is mostly the worker's own, and says nothing about the upstream. It
/// measures the rate, has the limit doubled and measures again; what brought nothing is taken back, and tried again later and later. Not thread-safe.
/// </summary>
internal sealed class ThroughputClimb
{
    private const double Step = 2;

    /// <summary>How many times the rate has to be what it was. Rates of two windows differ by a few percent by chance.</summary>
    private const double WorthIt = 1.03;

    /// <summary>A rate is measured over this long at least, which is two periods of a CPU quota and some group commits, over so many round trips, and so many answers.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(200);
    private const int LeastRoundTrips = 6, LeastAnswers = 100;

    /// <summary>The windows after which it is tried again: twice as many each time it brought nothing.</summary>
    private const int LastHold = 32;

    // What was measured at the limit that holds.
    private double _rate, _level;
    private bool _isTrial, _isSettled;
    private int _hold = 1, _held;

    // The window that is going on; null: the limit has just changed, and requests from before that are still in flight.
    private TimeSpan? _began;
    private TimeSpan _changed;
    private long _answers;

    /// <summary>The limit is to grow up to it, answer by answer; 0: not at all.</summary>
    public double Target { get; private set; }

    /// <summary>Forgets all: something else decides about the limit.</summary>
    public void Reset() => (Target, _isTrial, _began, _hold, _held) = (0, false, null, 1, 0);

    /// <summary>A round trip is over.</summary>
    /// <param name="limit">The limit.</param>
    /// <param name="ceiling">The most it may be.</param>
    /// <param name="isInUse">Whether it was reached: a higher one would be, too.</param>
    /// <param name="answers">Answers in this round trip.</param>
    /// <param name="roundTrip">How long it was.</param>
    /// <param name="now">The time.</param>
    /// <returns>The limit that was better; null to keep this one.</returns>
    public double? Close(double limit, double ceiling, bool isInUse, int answers, TimeSpan roundTrip, TimeSpan now)
    {
        if (_began is not { } began)
        {
            if (limit >= Target || now - _changed >= Window)
                (_began, _isSettled) = (now, false);
            return null;
        }

        // Two round trips on, no request is left that found fewer before it.
        if (!_isSettled)
        {
            if (now - began >= 2 * roundTrip)
                (_began, _answers, _isSettled) = (now, 0, true);
            return null;
        }

        _answers += answers;
        if (now - began < Window || now - began < LeastRoundTrips * roundTrip || _answers < LeastAnswers)
            return null;

        double rate = _answers / (now - began).TotalSeconds;
        (_began, _answers) = (now, 0);
        if (_isTrial && rate < _rate * WorthIt)
        {
            Change(0, now);
            (_isTrial, _held, _hold) = (false, 0, Math.Min(2 * _hold, LastHold));
            return _level;
        }

        _hold = _isTrial ? 1 : _hold;
        bool isNext = isInUse && limit < ceiling && (_isTrial || ++_held >= _hold);
        (_rate, _level, _isTrial) = (rate, limit, isNext);
        if (isNext)
            Change(Math.Min(limit * Step, ceiling), now);
        return null;
    }

    private void Change(double target, TimeSpan now) => (Target, _began, _changed) = (target, null, now);
}
