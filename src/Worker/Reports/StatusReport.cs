using System.Text.Json;
using Ingestion.Storage;

namespace Worker.Reports;

/// <summary>A run in the list that <c>status --json</c> prints.</summary>
internal sealed record StatusReport(
    string RunId,
    string Source,
    string Strategy,
    int DegreeOfParallelism,
    string Status,
    long? Requested,
    long Ingested,
    long Unchanged,
    long NotFound,
    long Failed,
    DateTimeOffset StartedAt,
    DateTimeOffset? FinishedAt)
{
    public static string ToJson(IEnumerable<RunRecord> runs) =>
        JsonSerializer.Serialize([.. runs.Select(From)], ReportJsonContext.Default.IReadOnlyListStatusReport);

    public static string NameOf(RunStatus status) => JsonNamingPolicy.KebabCaseLower.ConvertName(status.ToString());

    private static StatusReport From(RunRecord run) => new(
        run.Id.ToString(),
        run.Source,
        run.Strategy,
        run.DegreeOfParallelism,
        NameOf(run.Status),
        run.Requested,
        run.Counts.Ingested,
        run.Counts.Unchanged,
        run.Counts.NotFound,
        run.Counts.Failed,
        run.StartedAt,
        run.FinishedAt);
}
