using Worker.Reports;
using Worker.Reports.Pictures;

namespace Worker.Comparing;

/// <summary>A comparison as a report with a picture of each contender: of the round whose elapsed time is the median.</summary>
internal static class ComparisonDocument
{
    public static async Task<ReportDocument> ReadAsync(ComparisonPlan plan, IReadOnlyList<Standing> standings)
    {
        List<RunPicture> pictures = [];
        foreach (Standing standing in standings)
            pictures.Add(await Comparison.ReadPictureAsync(standing.Shown.Picture));
        return new ReportDocument(
            $"{standings.Count} strategies compared",
            [.. Facts(plan)],
            pictures,
            ComparisonTable.Of(standings, plan.Jaeger),
            [.. standings.Select(standing => new ReportAnswer(standing.Contender.ToString(), standing.Shown.Report.Advice))]);
    }

    private static IEnumerable<string> Facts(ComparisonPlan plan)
    {
        yield return plan.Source;
        if (plan.Ingestion.Delay > TimeSpan.Zero)
            yield return $"delay of {Quantity.Of(plan.Ingestion.Delay)} after each fetch";
        yield return "degree of parallelism: " + string.Join(", ", plan.Contenders);
        yield return "upstream " + plan.Upstream;
        yield return plan.Repeat == 1 ? "one round" : string.Create(CultureInfo.InvariantCulture, $"{plan.Repeat} rounds: medians in the table, pictures of the round in the middle");
        yield return string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores");
    }
}
