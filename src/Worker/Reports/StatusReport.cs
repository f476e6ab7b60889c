using System.Text.Json;
using Ingestion.Storage;

namespace Worker.Reports;

/// <summary>What <c>status --json</c> prints. Other programs read it: names and order stay as they are.</summary>
internal sealed record StatusReport(IReadOnlyList<StatusReport.Run> Runs, StatusReport.DeadLetters Unresolved)
{
    public static StatusReport From(IEnumerable<RunRecord> runs, DeadLetterSummary deadLetters) => new(
        [.. runs.Select(From)],
        new DeadLetters(deadLetters.Count, deadLetters.Reasons, [.. deadLetters.Groups.Select(From)]));

    public static string NameOf(RunStatus status) => JsonNamingPolicy.KebabCaseLower.ConvertName(status.ToString());

    public string ToJson() => JsonSerializer.Serialize(this, ReportJsonContext.Default.StatusReport);

    private static Run From(RunRecord run) => new(
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
        run.FinishedAt,
        run.Upstream);

    private static DeadLetterReason From(DeadLetterGroup group) =>
        new(group.Reason, group.Count, group.Ids, group.HasMoreIds, group.FirstAt, group.LastAt);

    /// <summary>A run.</summary>
    internal sealed record Run(
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
        DateTimeOffset? FinishedAt,
        string? Upstream);

    /// <summary>What failed and was not ingested since: how many characters, for how many reasons, and the most frequent of these.</summary>
    internal sealed record DeadLetters(long Count, int Reasons, IReadOnlyList<DeadLetterReason> ByReason);

    /// <summary>A reason, with the lowest of the IDs it struck.</summary>
    internal sealed record DeadLetterReason(string Reason, long Count, string Ids, bool HasMoreIds, DateTimeOffset FirstFailedAt, DateTimeOffset LastFailedAt);
}
