namespace Worker.Comparing.Scaling;

/// <summary>What a series says: the degree of parallelism to take, and why. Nothing is said of degrees that were not measured.</summary>
/// <param name="Fit">Null when a degree came to no rate at all.</param>
/// <param name="Suggested">The lowest degree that is as good as the best.</param>
/// <param name="Best">Items per second of the best degree: by the curve where the law holds, otherwise as measured.</param>
/// <param name="Ceilings">What the items per second cannot exceed, whatever the degree.</param>
internal sealed record ScalingAnswer(string Strategy, IReadOnlyList<Standing> Degrees, ScalabilityFit? Fit, int Suggested, double Best, IReadOnlyList<ScalingAnswer.Ceiling> Ceilings)
{
    /// <summary>With so much more than at half the degree, a rate still rises.</summary>
    private const double StillRises = 1.1;

    /// <summary>A rate so near to a ceiling is bounded by it.</summary>
    private const double AtCeiling = 0.85;

    /// <summary>The law where it holds; null where the measured rates alone speak.</summary>
    public ScalabilityLaw? Law => Fit is { Holds: true } ? Fit.Law : null;

    /// <summary>From where on more slots make it slower, if that was seen.</summary>
    public int? SlowerBeyond => Fit is { Holds: true, HasPeak: true, Law.Peak: { } peak } && peak < Degrees[^1].DegreeOfParallelism ? (int)Math.Round(peak) : null;

    /// <summary>All of it in a few sentences.</summary>
    public string Text => string.Join(' ', Sentences());

    public static ScalingAnswer Of(ScalingSeries series, SweepPlan plan)
    {
        IReadOnlyList<Standing> degrees = series.Standings;
        RateAt[] rates = [.. degrees.SelectMany(degree => degree.Rounds.Select(round => new RateAt(degree.DegreeOfParallelism, round.ItemsPerSecond)))];
        ScalabilityFit? fit = Array.TrueForAll(rates, rate => rate.ItemsPerSecond > 0) ? ScalabilityFit.Of(rates) : null;
        (int suggested, double best) = fit is { Holds: true }
            ? Lowest(Enumerable.Range(degrees[0].DegreeOfParallelism, degrees[^1].DegreeOfParallelism - degrees[0].DegreeOfParallelism + 1).Select(degree => (degree, fit.Law.At(degree))))
            : Lowest(degrees.Select(degree => (degree.DegreeOfParallelism, degree.ItemsPerSecond.Median)));
        return new ScalingAnswer(series.Strategy, degrees, fit, suggested, best, [.. CeilingsOf(degrees, plan)]);
    }

    private static (int Degree, double Best) Lowest(IEnumerable<(int Degree, double Rate)> curve)
    {
        (int Degree, double Rate)[] points = [.. curve];
        double best = points.Max(point => point.Rate);
        return (points.First(point => point.Rate >= ScalingSeries.AsGood * best).Degree, best);
    }

    private static IEnumerable<Ceiling> CeilingsOf(IReadOnlyList<Standing> degrees, SweepPlan plan)
    {
        if (plan.RequestsPerSecond is { } limit)
            yield return new Ceiling("Upstream:RequestsPerSecond", limit * plan.ItemsPerRequest);

        // Where the rate is highest, what a process needs to begin and to end weighs least.
        Standing fastest = degrees.MaxBy(degree => degree.ItemsPerSecond.Median)!;
        if (fastest.CpuSecondsPerItem is > 0 and double cpu)
            yield return new Ceiling($"{Quantity.Cores(CpuAllowance.OfThisProcess.Cores)} at {Milliseconds(cpu)} of CPU time an item in the worker", CpuAllowance.OfThisProcess.Cores / cpu);
    }

    private IEnumerable<string> Sentences()
    {
        int highest = Degrees[^1].DegreeOfParallelism;
        yield return $"{Strategy}: 95 % of the best ({Quantity.Of(Best)} items/s) at {Quantity.Of(Suggested)}{(Law is null ? ", as measured" : "")}.";
        if (SlowerBeyond is { } peak)
            yield return $"Beyond {Quantity.Of(peak)} it gets slower.";
        else if (RateOf(highest) > StillRises * RateOf(highest / 2))
            yield return $"It still rose at {Quantity.Of(highest)}, the highest degree measured: there may be more above it.";
        if (Fit is { Holds: true } fit)
            yield return $"Contention {Percent(fit.Law.Contention, fit.Contention)}, coherence {Percent(fit.Law.Coherence, fit.Coherence)}.";
        else
            yield return "No law of scalability fits"
                + (Fit is null ? ": a degree came to no items at all." : $", it misses the measured rates by {Fit.Misfit.ToString("P0", CultureInfo.InvariantCulture)}: {(IsFlatAbove ? "the rate stops rising at once, as at a hard ceiling." : "something else than the degree changed them.")}");
        foreach (Ceiling ceiling in Ceilings.Where(ceiling => Best >= AtCeiling * ceiling.ItemsPerSecond))
            yield return $"{ceiling.Name} {(ceiling.Name.StartsWith("Upstream", StringComparison.Ordinal) ? "allows" : "allow")} {Quantity.Of(ceiling.ItemsPerSecond)} items/s: that is what bounds it.";
    }

    private double RateOf(int degree) => Law?.At(degree) ?? Degrees.LastOrDefault(measured => measured.DegreeOfParallelism <= degree, Degrees[0]).ItemsPerSecond.Median;

    /// <summary>From the suggested degree on, every degree is about as fast.</summary>
    private bool IsFlatAbove => Degrees.Where(degree => degree.DegreeOfParallelism >= Suggested).All(degree => degree.ItemsPerSecond.Median >= 0.9 * Best);

    private static string Percent(double share, Interval interval) =>
        $"{Digits(share)} % ({Digits(interval.Low)} to {Digits(interval.High)})";

    private static string Digits(double share) => (100 * share) switch
    {
        0 => "0",
        < 0.001 => "below 0.001",
        var percent => percent.ToString(percent < 0.1 ? "0.000" : percent < 10 ? "0.0#" : "0", CultureInfo.InvariantCulture),
    };

    private static string Milliseconds(double seconds) => (1000 * seconds).ToString(seconds < 0.01 ? "0.00" : "0", CultureInfo.InvariantCulture) + " ms";

    /// <summary>Something that bounds the rate whatever the degree.</summary>
    internal sealed record Ceiling(string Name, double ItemsPerSecond);
}
