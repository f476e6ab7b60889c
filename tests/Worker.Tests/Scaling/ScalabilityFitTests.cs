using Worker.Comparing.Scaling;

namespace Worker.Tests.Scaling;

/// <summary>Rates whose law is known, with 5 % of noise, and rates that no such law made.</summary>
public sealed class ScalabilityFitTests
{
    private const int Rounds = 5;
    private const double Noise = 0.05;

    /// <summary>As a sweep chooses them: powers of two, and some around the knee.</summary>
    private static readonly int[] Degrees = [1, 2, 4, 8, 16, 32, 48, 64, 96, 128, 256];

    private static readonly ScalabilityLaw[] Laws = [new(100, 0.03, 0.0002), new(12, 0.1, 0.0005), new(3000, 0.05, 0.0001), new(0.5, 0.02, 0.0004)];

    public static TheoryData<double, double, double> Known => [.. Laws.Select(law => (law.Rate, law.Contention, law.Coherence))];

    [Theory]
    [MemberData(nameof(Known))]
    public void The_law_is_found_in_noisy_rates(double rate, double contention, double coherence)
    {
        ScalabilityLaw truth = new(rate, contention, coherence);
        ScalabilityFit[] fits = [.. Enumerable.Range(0, 100).Select(seed => ScalabilityFit.Of(Measure(truth.At, seed)))];

        Assert.InRange(Middle(fits.Select(fit => fit.Law.Rate)), 0.98 * rate, 1.02 * rate);
        Assert.InRange(fits.Count(fit => IsNear(fit.Law.Rate, rate, 0.1)), 98, 100);
        Assert.InRange(fits.Count(fit => IsNear(fit.Law.Contention, contention, 0.1)), 70, 100);
        Assert.InRange(fits.Count(fit => IsNear(fit.Law.Coherence, coherence, 0.1)), 70, 100);
        Assert.InRange(fits.Count(fit => fit.Law.Peak is { } peak && IsNear(peak, truth.Peak!.Value, 0.15)), 95, 100);
    }

    [Theory]
    [MemberData(nameof(Known))]
    public void The_truth_lies_in_the_stated_intervals_95_times_in_100(double rate, double contention, double coherence)
    {
        ScalabilityLaw truth = new(rate, contention, coherence);
        ScalabilityFit[] fits = [.. Enumerable.Range(0, 400).Select(seed => ScalabilityFit.Of(Measure(truth.At, seed)))];

        int inside = fits.Count(fit => Contains(fit.Rate, rate) && Contains(fit.Contention, contention) && Contains(fit.Coherence, coherence));
        Assert.InRange(inside, 380, 400);
    }

    private static RateAt[] Measure(Func<double, double> rate, int seed, int rounds = Rounds, double noise = Noise)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, rounds).SelectMany(_ => Degrees.Select(degree => new RateAt(degree, rate(degree) * (1 + (noise * Gauss(random))))))];
    }

    private static double Gauss(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static bool IsNear(double value, double truth, double share) => Math.Abs(value - truth) <= share * truth;

    private static bool Contains(Interval interval, double value) => interval.Low <= value && value <= interval.High;

    private static double Middle(IEnumerable<double> values) => Worker.Comparing.Spread.Of(values).Median;
}
