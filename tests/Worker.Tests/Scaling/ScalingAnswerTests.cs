using Ingestion.Runs;
using Worker.Comparing;
using Worker.Comparing.Scaling;
using Worker.Reports;

namespace Worker.Tests.Scaling;

/// <summary>What is said of measured rates: what is known of their cause, and nothing beyond them.</summary>
public sealed class ScalingAnswerTests
{
    private static readonly ScalabilityLaw Contended = new(100, 0.03, 0.0002);

    [Fact]
    public void A_law_that_holds_gives_the_degree_the_peak_and_its_two_reasons()
    {
        ScalingAnswer answer = Answer(Contended.At);

        Assert.Equal(70, answer.SlowerBeyond!.Value, tolerance: 10);
        Assert.InRange(answer.Suggested, 30, 50);
        Assert.InRange(Contended.At(answer.Suggested), 0.93 * Contended.At(70), Contended.At(70));
        Assert.StartsWith($"Async: 95 % of the best ({Quantity.Of(answer.Best)} items/s) at {answer.Suggested}. Beyond {answer.SlowerBeyond} it gets slower. Contention ", answer.Text, StringComparison.Ordinal);
        Assert.Contains(", coherence 0.0", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hard_ceiling_is_no_law_and_has_no_peak()
    {
        ScalingAnswer answer = Answer(degree => Math.Min(10 * degree, 160));

        Assert.Null(answer.Law);
        Assert.Null(answer.SlowerBeyond);
        Assert.Equal(16, answer.Suggested);
        Assert.Contains("at 16, as measured. No law of scalability fits", answer.Text, StringComparison.Ordinal);
        Assert.Contains("as at a hard ceiling", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rate_limit_is_named_when_it_bounds_the_rate()
    {
        Assert.Contains("Upstream:RequestsPerSecond allows 160 items/s: that is what bounds it.", Answer(degree => Math.Min(10 * degree, 157), limit: 80, together: 2).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("RequestsPerSecond", Answer(Contended.At, limit: 10_000).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_processors_are_named_when_they_bound_the_rate()
    {
        double best = Contended.At(70);

        Assert.Contains("of CPU time an item in the worker allow", Answer(Contended.At, cpuPerItem: 0.95 * CpuAllowance.OfThisProcess.Cores / best).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("CPU time", Answer(Contended.At, cpuPerItem: 0.1 / best).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_still_rises_at_the_highest_degree_is_not_guessed_beyond_it()
    {
        ScalingAnswer answer = Answer(degree => 10 * degree);

        Assert.Null(answer.SlowerBeyond);
        Assert.InRange(answer.Suggested, 240, 256);
        Assert.Contains("It still rose at 256, the highest degree measured", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_peak_beyond_the_measured_degrees_is_not_stated()
    {
        ScalabilityLaw late = new(100, 0.01, 1e-6); // At 995.

        Assert.Null(Answer(late.At).SlowerBeyond);
    }

    [Fact]
    public void Degrees_that_did_nothing_have_no_law()
    {
        ScalingAnswer answer = Answer(degree => degree > 64 ? 0 : 10 * degree, noise: 0);

        Assert.Null(answer.Fit);
        Assert.Contains("a degree came to no items at all", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1..256", "1,2,4,8,16,32,64,128,256")]
    [InlineData("3..200", "3,4,8,16,32,64,128,200")]
    [InlineData("1..8", "1,2,3,4,6,8")]
    [InlineData("1..6", "1,2,3,4,5,6")]
    [InlineData("64..256", "64,76,91,128,181,256")]
    [InlineData("1..100000", "1,2,4,8,16,32,64,128,256,512,1024,2048,4096,8192,16384,32768,65536,100000")]
    public void A_range_is_tried_at_six_degrees_or_more(string range, string degrees) =>
        Assert.Equal(degrees, string.Join(',', DegreeRange.Parse(range).Degrees()));

    [Theory]
    [InlineData("")]
    [InlineData("16")]
    [InlineData("0..8")]
    [InlineData("8..1")]
    [InlineData("1..100001")]
    [InlineData("1...9")]
    [InlineData("a..b")]
    [InlineData("-1..9")]
    public void What_is_no_range_is_refused(string text) =>
        Assert.Contains($"'{text}' is not a range of degrees of parallelism, such as 1..256", Assert.Throws<FormatException>(() => DegreeRange.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("1..5")]
    [InlineData("7..7")]
    [InlineData("10..14")]
    public void Fewer_than_six_degrees_are_refused(string text) =>
        Assert.Contains("fewer than 6 degrees", Assert.Throws<FormatException>(() => DegreeRange.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Fewer_than_six_degrees_are_not_fitted() =>
        Assert.Contains("at least 6", Assert.Throws<ArgumentException>(() => ScalabilityFit.Of([.. Enumerable.Range(1, 5).Select(degree => new RateAt(degree, degree))])).Message, StringComparison.Ordinal);

    [Fact]
    public void Degrees_that_only_hurt_are_left_out_and_some_around_the_best_are_added()
    {
        ScalingSeries series = new("Async", DegreeRange.Default.Degrees());
        ScalabilityLaw law = new(100, 0.05, 0.003); // At 18.
        foreach (int degree in DegreeRange.Default.Degrees())
        {
            if (!series.Has(degree))
                break;
            series.Add(degree, Measured(law.At(degree)));
            series.StopIfMoreOnlyHurts();
        }

        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 128], series.Degrees);
        series.Refine();
        Assert.Equal([1, 2, 4, 8, 11, 16, 23, 32, 64, 128], series.Degrees);
    }

    private static ScalingAnswer Answer(Func<double, double> rate, double? limit = null, int together = 1, double cpuPerItem = 0, double noise = 0.02)
    {
        int[] degrees = [1, 2, 4, 8, 16, 32, 48, 64, 96, 128, 256];
        ScalingSeries series = new("Async", degrees);
        Random random = new(7);
        for (int round = 0; round < 3; round++)
        {
            foreach (int degree in degrees)
                series.Add(degree, Measured(rate(degree) * (1 + (noise * ((2 * random.NextDouble()) - 1))), cpuPerItem));
        }

        return ScalingAnswer.Of(series, new SweepPlan(null!, ["Async"], degrees, limit, together));
    }

    private static Measurement Measured(double rate, double cpuPerItem = 0) => new(
        RunJson.From(Runs.Summary(), new ExportedSpans(WhyNotExported: null, 0, 0, 1, 0)) with { ItemsPerSecond = rate, CpuSeconds = 10 * cpuPerItem }, "");
}
