namespace Worker.Comparing;

/// <summary>A contender with its measurements, one a round.</summary>
internal sealed record Standing(Contender Contender, IReadOnlyList<Measurement> Rounds)
{
    public Spread ElapsedSeconds => Of(round => round.Report.ElapsedSeconds);

    public Spread ItemsPerSecond => Of(round => round.Report.ItemsPerSecond);

    public Spread MaxInFlight => Of(round => round.Report.MaxInFlight);

    public Spread DistinctThreads => Of(round => round.Report.DistinctThreads);

    public Spread CpuSeconds => Of(round => round.Report.CpuSeconds);

    public Spread PeakMemoryBytes => Of(round => round.Report.PeakMemoryBytes);

    /// <summary>Null when there were no items.</summary>
    public Spread? AllocatedBytesPerItem => Rounds.All(round => round.Items > 0) ? Of(round => (double)round.Report.AllocatedBytes / round.Items) : null;

    public Spread Retries => Of(round => round.Report.Retries);

    public Spread Failed => Of(round => round.Report.Failed);

    /// <summary>Null when no spans were exported at all.</summary>
    public Spread? SpansDropped => Rounds.Any(round => round.Report.SpansExported + round.Report.SpansDropped > 0) ? Of(round => round.Report.SpansDropped) : null;

    /// <summary>The round that is shown: of median elapsed time, or of the two in the middle the faster one.</summary>
    public Measurement Shown => Rounds.OrderBy(round => round.Report.ElapsedSeconds).ElementAt((Rounds.Count - 1) / 2);

    private bool IsComparable => Rounds.All(round => round.IsComparable);

    /// <summary>How many times as fast as another, by the medians; null where that makes no sense: one of them had nothing to do, or all of it failed.</summary>
    public double? SpeedUpOver(Standing yardstick) =>
        IsComparable && yardstick.IsComparable ? yardstick.ElapsedSeconds.Median / ElapsedSeconds.Median : null;

    private Spread Of(Func<Measurement, double> figure) => Spread.Of(Rounds.Select(figure));
}
