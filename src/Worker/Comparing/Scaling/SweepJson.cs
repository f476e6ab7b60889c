namespace Worker.Comparing.Scaling;

/// <summary>A sweep as JSON. Other programs read it: names and order stay as they are.</summary>
internal sealed record SweepJson(string Source, string Upstream, double DelaySeconds, int Repeat, double Cores, IEnumerable<SweepJson.Series> Strategies)
{
    /// <summary>Points of a curve that is drawn; enough for a screen.</summary>
    private const int CurvePoints = 120;

    public static SweepJson Of(SweepPlan plan, IReadOnlyList<ScalingAnswer> answers) => new(
        answers[0].Degrees[0].Shown.Report.Source, plan.Measuring.Upstream.ToString(), plan.Measuring.Ingestion.Delay.TotalSeconds, plan.Measuring.Repeat, CpuAllowance.OfThisProcess.Cores,
        answers.Select(Series.Of));

    /// <summary>The same for people: the curves, and below them what the slots did at the measured degree next to the suggested one.</summary>
    public static async Task<ReportDocument> DrawAsync(SweepPlan plan, IReadOnlyList<ScalingAnswer> answers)
    {
        List<RunPicture> pictures = [];
        foreach (ScalingAnswer answer in answers)
            pictures.Add(await Measuring.ReadPictureAsync(answer.Degrees.MinBy(degree => Math.Abs(Math.Log((double)degree.DegreeOfParallelism / answer.Suggested)))!.Shown.Picture));
        return new ReportDocument(
            $"How {string.Join(", ", answers.Select(answer => answer.Strategy))} {(answers.Count == 1 ? "scales" : "scale")}",
            [.. ComparisonJson.Facts(plan.Measuring)],
            pictures,
            Table(answers),
            [.. answers.Select(answer => new ReportDocument.Answer(answer.Strategy, [answer.Text]))])
        {
            Curves = [.. answers.Select(Curve)],
        };
    }

    /// <summary>A row for each degree, with what the law says of it where it holds.</summary>
    public static ReportDocument.Figures Table(IReadOnlyList<ScalingAnswer> answers) => new(
        ["strategy", "DOP", "items/s", "spread", "of the best", "by the law", "CPU/item", "failed"],
        [.. answers.SelectMany(answer => answer.Degrees.Select(degree => (IReadOnlyList<ReportDocument.Cell>)
        [
            new(answer.Strategy), new(degree.Contender.DegreeText), new(Quantity.Of(degree.ItemsPerSecond.Median)),
            new($"{Quantity.Of(degree.ItemsPerSecond.Min)} – {Quantity.Of(degree.ItemsPerSecond.Max)}"),
            new((degree.ItemsPerSecond.Median / answer.Best).ToString("P0", CultureInfo.InvariantCulture)),
            new(answer.Law is { } law ? Quantity.Of(law.At(degree.DegreeOfParallelism)) : "–"),
            new(degree.CpuSecondsPerItem is { } cpu ? $"{(1000 * cpu).ToString("0.00", CultureInfo.InvariantCulture)} ms" : "–"),
            new(Quantity.Of((long)degree.Failed.Median)),
        ]))]);

    private static ScalingCurve Curve(ScalingAnswer answer)
    {
        double low = Math.Log(answer.Degrees[0].DegreeOfParallelism), high = Math.Log(answer.Degrees[^1].DegreeOfParallelism);
        return new ScalingCurve(
            answer.Strategy,
            answer.Degrees.Select(degree => (double[])[degree.DegreeOfParallelism, degree.ItemsPerSecond.Median, degree.ItemsPerSecond.Min, degree.ItemsPerSecond.Max]),
            answer.Law is { } law
                ? Enumerable.Range(0, CurvePoints + 1).Select(i => Math.Exp(low + ((high - low) * i / CurvePoints))).Select(degree => (double[])[Math.Round(degree, 2), Math.Round(law.At(degree), 2)])
                : [],
            answer.Ceilings.Select(ceiling => (object[])[ceiling.Name, Math.Round(ceiling.ItemsPerSecond, 2)]),
            answer.Suggested,
            answer.SlowerBeyond);
    }

    internal sealed record Series(
        string Strategy, int SuggestedDegreeOfParallelism, double BestItemsPerSecond, int? SlowerBeyond, string Answer,
        Series.FittedLaw? Law, IEnumerable<ScalingAnswer.Ceiling> Ceilings, IEnumerable<Series.SweptDegree> Degrees)
    {
        public static Series Of(ScalingAnswer answer) => new(
            answer.Strategy, answer.Suggested, Math.Round(answer.Best, 3), answer.SlowerBeyond, answer.Text,
            answer.Fit is { } fit ? new FittedLaw(
                fit.Holds, Math.Round(fit.Misfit, 4), Estimate.Of(fit.Law.Rate, fit.Rate), Estimate.Of(fit.Law.Contention, fit.Contention), Estimate.Of(fit.Law.Coherence, fit.Coherence)) : null,
            answer.Ceilings,
            answer.Degrees.Select(degree => new SweptDegree(
                degree.DegreeOfParallelism, degree.ItemsPerSecond, answer.Law is { } law ? Math.Round(law.At(degree.DegreeOfParallelism), 3) : null, degree.CpuSecondsPerItem, degree.Failed)));

        /// <summary>The law, whether it holds or not.</summary>
        /// <param name="Misfit">By which share the rates lie off its curve.</param>
        internal sealed record FittedLaw(bool Holds, double Misfit, Estimate ItemsPerSecondOfOne, Estimate Contention, Estimate Coherence);

        /// <summary>A value, and between what it lies with a confidence of 95 %.</summary>
        internal sealed record Estimate(double Value, double Low, double High)
        {
            public static Estimate Of(double value, Interval interval) => new(value, interval.Low, interval.High);
        }

        internal sealed record SweptDegree(int DegreeOfParallelism, Spread ItemsPerSecond, double? ByTheLaw, double? CpuSecondsPerItem, Spread Failed);
    }
}
