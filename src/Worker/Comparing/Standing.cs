namespace Worker.Comparing;

/// <summary>
/// A contender with its measurements, one a round: its figures over all of them, then the summary of each. Other programs read it as JSON: names and order stay
/// as they are.
/// </summary>
internal sealed record Standing([property: JsonIgnore] Contender Contender, [property: JsonIgnore] IReadOnlyList<Measurement> Measurements)
{
    public string Strategy => Contender.Strategy;

    public int DegreeOfParallelism => Contender.Degree.Number;

    /// <summary>By the medians; null where that makes no sense.</summary>
    public double? SpeedUp { get; init; }

    public Spread ElapsedSeconds => Of(report => report.ElapsedSeconds);

    public Spread ItemsPerSecond => Of(report => report.ItemsPerSecond);

    public Spread MaxInFlight => Of(report => report.MaxInFlight);

    public Spread DistinctThreads => Of(report => report.DistinctThreads);

    public Spread CpuSeconds => Of(report => report.CpuSeconds);

    public Spread PeakMemoryBytes => Of(report => report.PeakMemoryBytes);

    /// <summary>Null when there were no items.</summary>
    public Spread? AllocatedBytesPerItem => Rounds.All(report => report.Done > 0) ? Of(report => (double)report.AllocatedBytes / report.Done) : null;

    /// <summary>Null when there were no items. Not in the JSON of a comparison, which has the seconds of the whole run.</summary>
    [JsonIgnore]
    public double? CpuSecondsPerItem => Rounds.All(report => report.Done > 0) ? Of(report => 1e6 * report.CpuSeconds / report.Done).Median / 1e6 : null;

    public Spread Retries => Of(report => report.Retries);

    public Spread Failed => Of(report => report.Failed);

    /// <summary>Null when no spans were exported at all.</summary>
    public Spread? SpansDropped => Rounds.Any(report => report.SpansExported + report.SpansDropped > 0) ? Of(report => report.SpansDropped) : null;

    /// <summary>Where the trace of the round that is shown can be looked at, or null.</summary>
    public Uri? Trace { get; init; }

    public IEnumerable<RunJson> Rounds => Measurements.Select(round => round.Report);

    /// <summary>The round that is shown: of median elapsed time, or of the two in the middle the faster one.</summary>
    [JsonIgnore]
    public Measurement Shown => Measurements.OrderBy(round => round.Report.ElapsedSeconds).ElementAt((Measurements.Count - 1) / 2);

    /// <summary>Anything was done that another contender can be faster at. Failing is not.</summary>
    private bool IsComparable => Rounds.All(report => report.Done > report.Failed && report.ElapsedSeconds > 0);

    /// <summary>How many times as fast as another, by the medians; null where that makes no sense: one of them had nothing to do, or all of it failed.</summary>
    public double? SpeedUpOver(Standing yardstick) =>
        IsComparable && yardstick.IsComparable ? yardstick.ElapsedSeconds.Median / ElapsedSeconds.Median : null;

    private Spread Of(Func<RunJson, double> figure) => Spread.Of(Rounds.Select(figure));
}
