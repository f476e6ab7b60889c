using FsCheck;
using FsCheck.Fluent;
using Ingestion.Runs.Recording;

namespace Ingestion.Tests.Runs.Recording;

public sealed class LatencyHistogramTests
{
    /// <summary>From a tenth of a microsecond to some hours: small ones and large ones are equally likely.</summary>
    private static readonly Gen<TimeSpan[]> Durations = Gen.NonEmptyListOf(
        Gen.Choose(0, 36).SelectMany(bits => Gen.Choose(0, int.MaxValue).Select(number => TimeSpan.FromTicks((long)(number / (double)int.MaxValue * (1L << bits))))))
        .Select(durations => durations.ToArray());

    [Fact]
    public void A_percentile_is_never_too_low_and_at_most_a_bucket_too_high() => Prop.ForAll(Durations.ToArbitrary(), durations =>
    {
        LatencyDistribution distribution = Distribution(durations);
        TimeSpan[] sorted = [.. durations.Order()];

        AssertNear(sorted, 50, distribution.P50);
        AssertNear(sorted, 90, distribution.P90);
        AssertNear(sorted, 99, distribution.P99);
        Assert.Equal((durations.Length, sorted[^1]), (distribution.Count, distribution.Max));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Of_a_thousand_different_durations_the_percentiles_are_those_of_the_rank()
    {
        LatencyDistribution distribution = Distribution([.. Enumerable.Range(1, 1_000).Select(i => TimeSpan.FromMilliseconds(i))]);

        Assert.InRange(distribution.P50.TotalMilliseconds, 500, 500 * 33 / 32.0);
        Assert.InRange(distribution.P90.TotalMilliseconds, 900, 900 * 33 / 32.0);
        Assert.InRange(distribution.P99.TotalMilliseconds, 990, 1_000);
    }

    [Fact]
    public void Nothing_measured_is_nothing() => Assert.Equal(default, Distribution([]));

    [Fact]
    public void A_year_and_a_clock_that_went_backwards_have_their_bucket()
    {
        TimeSpan year = TimeSpan.FromDays(365);

        Assert.Equal(new LatencyDistribution(2, P50: TimeSpan.FromMicroseconds(1), year, year, year), Distribution([TimeSpan.FromTicks(-5), year]));
    }

    private static void AssertNear(TimeSpan[] sorted, int percent, TimeSpan actual)
    {
        TimeSpan exact = sorted[(((sorted.Length * percent) + 99) / 100) - 1];
        TimeSpan tolerance = TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerMicrosecond, exact.Ticks / 32));
        Assert.InRange(actual, exact, exact + tolerance);
    }

    private static LatencyDistribution Distribution(TimeSpan[] durations)
    {
        LatencyHistogram histogram = new();
        foreach (TimeSpan duration in durations)
            histogram.Add(duration);
        return histogram.Distribution;
    }
}
