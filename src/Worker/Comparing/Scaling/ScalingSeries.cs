namespace Worker.Comparing.Scaling;

/// <summary>One strategy of a sweep, with what was measured of it at each degree of parallelism.</summary>
internal sealed class ScalingSeries(string strategy, IReadOnlyList<int> degrees)
{
    /// <summary>Two degrees in a row that are so much slower than the best one only waste time, and so do those above them.</summary>
    private const double OnlyHurts = 0.85;

    /// <summary>What is taken for as good as the best.</summary>
    public const double AsGood = 0.95;

    private readonly SortedDictionary<int, List<Measurement>> _measured = new(degrees.ToDictionary(degree => degree, _ => new List<Measurement>()));

    public string Strategy => strategy;

    /// <summary>Those that are measured, in ascending order.</summary>
    public IReadOnlyList<int> Degrees => [.. _measured.Keys];

    /// <summary>Each degree that was measured, with its rounds.</summary>
    public IReadOnlyList<Standing> Standings =>
        [.. _measured.Where(degree => degree.Value.Count > 0).Select(degree => new Standing(new Contender(strategy, degree.Key), degree.Value))];

    public bool Has(int degree) => _measured.ContainsKey(degree);

    public Contender At(int degree) => new(strategy, new Degree(degree));

    public void Add(int degree, Measurement measurement) => _measured[degree].Add(measurement);

    /// <summary>Leaves out the degrees above those measured so far, if more of them only hurts. Enough to see a curve stay.</summary>
    public void StopIfMoreOnlyHurts()
    {
        Standing[] standings = [.. Standings];
        if (standings.Length < ScalabilityFit.MinDegrees || standings.TakeLast(2).Any(standing => standing.ItemsPerSecond.Median >= OnlyHurts * BestOf(standings)))
            return;

        foreach (int degree in _measured.Keys.Where(degree => degree > standings[^1].DegreeOfParallelism).ToArray())
            _measured.Remove(degree);
    }

    /// <summary>Adds degrees around the best one, and below the first that is as good.</summary>
    public void Refine()
    {
        Standing[] standings = [.. Standings];
        double best = BestOf(standings);
        int highest = Array.FindIndex(standings, standing => standing.ItemsPerSecond.Median >= best);
        int knee = Array.FindIndex(standings, standing => standing.ItemsPerSecond.Median >= AsGood * best);
        foreach (int upper in (int[])[knee, highest, highest + 1])
        {
            if (upper < 1 || upper >= standings.Length)
                continue;
            int between = DegreeRange.Between((standings[upper - 1].DegreeOfParallelism, standings[upper].DegreeOfParallelism));
            _measured.TryAdd(between, []);
        }
    }

    private static double BestOf(Standing[] standings) => standings.Max(standing => standing.ItemsPerSecond.Median);
}
