namespace Worker.Reports.Pictures;

/// <summary>What stands above the timeline of a run.</summary>
internal static class RunCaption
{
    public static string Of(RunReport summary) => string.Join(" · ", (IEnumerable<string>)
    [
        Degree(summary),
        $"{Count(summary.MaxInFlight, "slot")} on {Count(summary.DistinctThreads, "thread")}",
        Quantity.Of(TimeSpan.FromSeconds(summary.ElapsedSeconds)),
        $"bound by {summary.BoundBy}",
        Outcomes(summary),
        .. summary.Retries > 0 ? [Count(summary.Retries, "retry", "retries")] : (string[])[],
    ]);

    public static string Degree(RunReport summary) => summary.ConcurrencyLimit is { } limit
        ? $"concurrency limit {Quantity.Of(limit)} found"
        : summary.DegreeOfParallelism == 0 ? "no cap on parallelism" : $"degree of parallelism {Quantity.Of(summary.DegreeOfParallelism)}";

    public static string Count(long number, string one, string? many = null) => $"{Quantity.Of(number)} {(number == 1 ? one : many ?? one + "s")}";

    private static string Outcomes(RunReport summary)
    {
        string items = summary.Done == summary.Requested ? Count(summary.Done, "item") : $"stopped after {Quantity.Of(summary.Done)} of {Count(summary.Requested, "item")}";
        return summary.Failed > 0 ? $"{items}, {Quantity.Of(summary.Failed)} failed" : items;
    }
}
