namespace Worker.Comparing;

/// <summary>A comparison as JSON. Other programs read it: names and order stay as they are.</summary>
internal sealed record ComparisonJson(
    string Source, string Upstream, double DelaySeconds, int Repeat, double Cores, string SpeedUpOver, IEnumerable<Standing> Strategies)
{
    public static ComparisonJson Of(ComparisonPlan plan, IReadOnlyList<Standing> standings)
    {
        Standing yardstick = ComparisonTable.Yardstick(standings);
        return new ComparisonJson(
            yardstick.Shown.Report.Source, plan.Upstream.ToString(), plan.Ingestion.Delay.TotalSeconds, plan.Repeat, CpuAllowance.OfThisProcess.Cores, yardstick.Strategy,
            standings.Select(standing => standing with
            {
                SpeedUp = standing.SpeedUpOver(yardstick) is { } factor ? Math.Round(factor, 3) : null,
                Trace = ComparisonTable.TraceOf(standing.Shown.Report, plan.Jaeger),
            }));
    }

    /// <summary>The same for people, with a picture of each contender: of the round whose elapsed time is the median.</summary>
    public static async Task<ReportDocument> DrawAsync(ComparisonPlan plan, IReadOnlyList<Standing> standings)
    {
        List<RunPicture> pictures = [];
        foreach (Standing standing in standings)
            pictures.Add(await Measuring.ReadPictureAsync(standing.Shown.Picture));
        return new ReportDocument(
            $"{standings.Count} strategies compared",
            [.. Facts(plan)],
            pictures,
            ComparisonTable.Of(standings, plan.Jaeger),
            [.. standings.Select(standing => new ReportDocument.Answer(standing.Contender.ToString(), standing.Shown.Report.Advice))])
        {
            TraceLink = plan.Jaeger is null ? null : new TraceViewer(plan.Jaeger, service: "").TraceLink(Guid.Empty),
        };
    }

    /// <summary>What was measured, and how.</summary>
    public static IEnumerable<string> Facts(ComparisonPlan plan)
    {
        yield return string.Equals(plan.Ingestion.Source, "Ids", StringComparison.OrdinalIgnoreCase) ? "IDs " + plan.Ingestion.Ids : "all items of the catalog";
        if (plan.Ingestion.Delay > TimeSpan.Zero)
            yield return $"delay of {Quantity.Of(plan.Ingestion.Delay)} after each fetch";
        if (plan.Contenders.Count > 0)
            yield return "degree of parallelism: " + string.Join(", ", plan.Contenders);
        yield return "upstream " + plan.Upstream;
        yield return plan.Repeat == 1 ? "one round" : $"{plan.Repeat} rounds: medians in the table, pictures of the round in the middle";
        yield return Quantity.Cores(CpuAllowance.OfThisProcess.Cores);
    }
}
