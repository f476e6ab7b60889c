namespace Worker.Reports;

/// <summary>How fast each run went between the last two looks at all of them.</summary>
internal sealed class FleetRates(TimeProvider timeProvider)
{
    private Dictionary<Guid, long> _totals = [];
    private long _timestamp;

    /// <summary>Outcomes per second of the runs that are going on; none at the first look at one.</summary>
    public IReadOnlyDictionary<Guid, double> Next(IEnumerable<RunRecord> runs)
    {
        long now = timeProvider.GetTimestamp();
        double seconds = Math.Max(timeProvider.GetElapsedTime(_timestamp, now).TotalSeconds, 0.001);
        Dictionary<Guid, long> totals = runs.Where(run => run.Status == RunStatus.Running).ToDictionary(run => run.Id, run => run.Counts.Total);
        Dictionary<Guid, double> rates = totals.Where(run => _totals.ContainsKey(run.Key)).ToDictionary(run => run.Key, run => Math.Max(0, run.Value - _totals[run.Key]) / seconds);
        (_totals, _timestamp) = (totals, now);
        return rates;
    }
}
