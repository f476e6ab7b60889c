namespace Worker.Reports.Pictures;

/// <summary>What stands above the timeline of a run.</summary>
internal static class RunCaption
{
    public static string Of(RunPicture run)
    {
        RunReport summary = run.Summary;
        List<string> parts =
        [
            Degree(summary),
            $"{Count(summary.MaxInFlight, "slot")} on {Count(summary.DistinctThreads, "thread")}",
            Quantity.Of(TimeSpan.FromSeconds(summary.ElapsedSeconds)),
            $"bound by {summary.BoundBy}",
            Outcomes(summary),
        ];
        if (summary.Retries > 0)
            parts.Add(Count(summary.Retries, "retry", "retries"));
        return string.Join(" · ", parts);
    }

    public static string Degree(RunReport summary) => summary.ConcurrencyLimit is { } limit
        ? $"concurrency limit {Quantity.Of(limit)} found"
        : summary.DegreeOfParallelism == 0 ? "no cap on parallelism" : $"degree of parallelism {Quantity.Of(summary.DegreeOfParallelism)}";

    public static string Count(long number, string one, string? many = null) => $"{Quantity.Of(number)} {(number == 1 ? one : many ?? one + "s")}";

    private static string Outcomes(RunReport summary)
    {
        long done = summary.Ingested + summary.Unchanged + summary.NotFound + summary.Failed;
        string items = done == summary.Requested ? Count(done, "item") : $"stopped after {Quantity.Of(done)} of {Count(summary.Requested, "item")}";
        return summary.Failed > 0 ? $"{items}, {Quantity.Of(summary.Failed)} failed" : items;
    }
}
