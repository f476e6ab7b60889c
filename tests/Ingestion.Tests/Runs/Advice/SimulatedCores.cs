using Ingestion.Runs;

namespace Ingestion.Tests.Runs.Advice;

/// <summary>The cores of a <see cref="SimulatedRun"/>: who comes first has one to the end. When the quota of a period is used up, nothing goes on until the next.</summary>
internal sealed class SimulatedCores(Work work, bool isOneThread)
{
    private const int QuotaPeriod = 100;

    private readonly List<SimulatedAttempt> _computing = [];
    private int _periods, _throttledPeriods;
    private double _allowed = (work.CpuQuota ?? 0) * QuotaPeriod;
    private bool _areWanted;

    /// <summary>CPU time.</summary>
    public double Used { get; private set; }

    public bool IsThrottled { get; private set; }

    public CpuReading Read(double now) => new(_periods, _throttledPeriods, null, (long)(work.Cores * now), (long)((work.Cores * now) - Used));

    /// <summary>The millisecond that ends now.</summary>
    public void Compute(List<SimulatedAttempt> all, double now)
    {
        if (work.CpuQuota is { } quota && now % QuotaPeriod == 0)
        {
            _periods += _areWanted ? 1 : 0;
            _throttledPeriods += IsThrottled ? 1 : 0;
            (_allowed, IsThrottled, _areWanted) = (quota * QuotaPeriod, false, false);
        }

        _computing.Clear();
        _computing.AddRange(all.Where(attempt => attempt.IsComputing && attempt.Left > 0));
        _areWanted |= _computing.Count > 0;
        if (IsThrottled)
            return;

        double free = isOneThread ? 1 : work.Cores;
        foreach (SimulatedAttempt attempt in _computing.TakeWhile(_ => free > 0))
        {
            double used = Math.Min(Math.Min(1, free), attempt.Left);
            (attempt.Left, free, Used, _allowed) = (attempt.Left - used, free - used, Used + used, _allowed - used);
        }

        IsThrottled = work.CpuQuota is not null && _allowed <= 0;
    }
}
