namespace Ingestion.Concurrency.Adaptive;

/// <summary>
/// The number of attempts at once that was too many for the upstream, as its rejections tell, and when to try it again. Not thread-safe.
/// </summary>
internal sealed class RejectedLevel
{
    /// <summary>The level is tried again after this many round trips, and after twice as many each time it is rejected again.</summary>
    private const int FirstProbe = 2;
    private const int LastProbe = 20;

    /// <summary>But of this many attempts at most one tries it: so less than 1 % are rejected.</summary>
    private const int AttemptsPerProbe = 140;

    /// <summary>The share of attempts that may be rejected without a reaction, beside twice the <see cref="_noise"/>.</summary>
    private const double Tolerated = 0.002;

    /// <summary>With this much noise one rejection per round trip means nothing, however few attempts there are.</summary>
    private const double SomeNoise = 0.005;

    /// <summary>The most that is believed to be noise. What is rejected beyond it is taken for the upstream's word.</summary>
    private const double MostNoise = 0.05;

    /// <summary>The weight of a round trip, and how many the limit must not have grown: rejections of a level that was tried come in late.</summary>
    private const double NoiseWeight = 0.05;
    private const int Settled = 4;

    private int? _level;
    private long _attemptsSince;
    private TimeSpan _notBefore;
    private int _interval = FirstProbe;
    private bool _isHit;
    private int _roundTripsSinceGrowth;

    // The share of attempts that is rejected whatever the limit.
    private double _noise;

    /// <summary>Whether there is such a number.</summary>
    public bool IsKnown => _level is not null;

    /// <summary>Whether the limit has been cut in the round trip that is going on.</summary>
    public bool IsHit => _isHit;

    /// <summary>Whether so many rejections in a round trip of so many attempts are more than there always are.</summary>
    public bool IsExceeded(int rejections, int attempts) =>
        rejections > (attempts * (Tolerated + (2 * _noise))) + Math.Min(1, _noise / SomeNoise);

    /// <summary>One of so many attempts at once was rejected.</summary>
    /// <param name="level">So many.</param>
    /// <param name="notBefore">The level stays until then.</param>
    public void Hit(int level, TimeSpan notBefore)
    {
        bool isFirst = _level is null || level >= _level;
        if (!_isHit)
            _interval = _level is not null && isFirst ? Math.Min(2 * _interval, LastProbe) : FirstProbe;
        if (isFirst)
            _roundTripsSinceGrowth = 0;
        _isHit = true;
        _attemptsSince = 0;
        if (notBefore > _notBefore)
            _notBefore = notBefore;
        _level = Math.Max(2, Math.Min(level, _level ?? int.MaxValue));
    }

    /// <summary>How far a limit that wants to grow may, after a round trip of so many attempts.</summary>
    /// <param name="limit">What it is.</param>
    /// <param name="wanted">What it wants to be.</param>
    /// <param name="peak">The most attempts there were at once.</param>
    /// <param name="rejections">How many were rejected.</param>
    /// <param name="attempts">Of how many.</param>
    /// <param name="now">The time.</param>
    public double Bound(double limit, double wanted, int peak, int rejections, int attempts, TimeSpan now)
    {
        if (peak >= _level)
        {
            // The level was tried. It has to bear what any other does.
            if (rejections > attempts * _noise)
            {
                Hit(_level.Value, default);
                return Math.Min(limit, _level.Value - 1);
            }

            _level = null;
        }

        double next = wanted < _level || _level is not { } level
            ? wanted
            : now < _notBefore || _attemptsSince < Math.Max(AttemptsPerProbe, _interval * limit) ? level - 1 : level;
        if ((int)next > (int)limit)
            _roundTripsSinceGrowth = 0;
        return next;
    }

    /// <summary>A round trip is over.</summary>
    public void Close(int rejections, int attempts)
    {
        _isHit = false;
        _attemptsSince += attempts;
        if (++_roundTripsSinceGrowth >= Settled)
            _noise += NoiseWeight * (Math.Min((double)rejections / attempts, MostNoise) - _noise);
    }
}
