namespace Ingestion.Runs.Watching;

/// <summary>
/// Whether the cores this process may use were busy lately: with its own work, because a quota stops it, or with that of others. Then a part of every latency is
/// the wait for a core. Looked at ten times a second at most. Not thread-safe.
/// </summary>
/// <param name="allowance">The cores.</param>
/// <param name="used">The CPU time that this process has used.</param>
/// <param name="isOneThread">Whether one thread does the work: then one core is all it can use.</param>
internal sealed class CoreLoad(CpuAllowance allowance, Func<TimeSpan> used, bool isOneThread = false)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>The share of the cores from which on what is ready waits for one noticeably, and the one below which it no longer does: the limit that was found by a busy machine must not make it idle.</summary>
    private const double Busy = 0.7, Calm = 0.5;

    /// <summary>The same for what is idle of a machine that others use as well.</summary>
    private const double LittleIdle = 0.15, MuchIdle = 0.3;

    /// <summary>The share of a quota's periods in which it was used up.</summary>
    private const double Throttled = 0.5;

    private TimeSpan? _at;
    private TimeSpan _usedBefore;
    private CpuReading _before;
    private bool _isBusy;

    /// <param name="now">On a clock that only goes forward.</param>
    public bool IsBusy(TimeSpan now)
    {
        if (now - _at < Interval)
            return _isBusy;

        (TimeSpan usedNow, CpuReading reading) = (used(), allowance.Read());
        if (now - _at is { } elapsed)
        {
            double share = (usedNow - _usedBefore) / elapsed / (isOneThread ? Math.Min(1, allowance.Cores) : allowance.Cores);
            CpuReading since = reading - _before;
            _isBusy = share >= (_isBusy ? Calm : Busy) || since.ThrottledShare >= Throttled || since.IdleShare <= (_isBusy ? MuchIdle : LittleIdle);
        }

        (_at, _usedBefore, _before) = (now, usedNow, reading);
        return _isBusy;
    }
}
