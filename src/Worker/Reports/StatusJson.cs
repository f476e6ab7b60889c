using System.Text.Json.Nodes;

namespace Worker.Reports;

/// <summary>What <c>status --json</c> prints. Other programs read it: names and order stay as they are.</summary>
internal static class StatusJson
{
    /// <summary>The runs; then what failed and was not ingested since: how many items, for how many reasons, and the most frequent of these with the lowest IDs.</summary>
    public static string ToJson(IEnumerable<RunRecord> runs, DeadLetterSummary deadLetters) => new JsonObject
    {
        ["runs"] = new JsonArray([.. runs.Select(run => new JsonObject
        {
            ["runId"] = run.Id,
            ["source"] = run.Source,
            ["strategy"] = run.Strategy,
            ["degreeOfParallelism"] = run.DegreeOfParallelism,
            ["status"] = RunJson.NameOf(run.Status),
            ["requested"] = run.Requested,
            ["ingested"] = run.Counts.Ingested,
            ["unchanged"] = run.Counts.Unchanged,
            ["notFound"] = run.Counts.NotFound,
            ["failed"] = run.Counts.Failed,
            ["startedAt"] = run.StartedAt,
            ["finishedAt"] = run.FinishedAt,
            ["upstream"] = run.Upstream,
        })]),
        ["unresolved"] = DeadLetterJson.Summary(deadLetters),
    }.ToJsonString(OutputJsonContext.Default.Options);
}
