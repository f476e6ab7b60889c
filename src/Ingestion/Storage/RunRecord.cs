namespace Ingestion.Storage;

/// <summary>
/// A row of the table <c>runs</c>; for a run that is going on the counts are those of the outcomes stored so far. The upstream of a job, and of what versions
/// before 0005 began, is not known.
/// </summary>
public sealed record RunRecord(
    Guid Id,
    string Source,
    string? Upstream,
    string Strategy,
    int DegreeOfParallelism,
    RunStatus Status,
    long? Requested,
    OutcomeCounts Counts,
    DateTimeOffset StartedAt,
    DateTimeOffset? FinishedAt);
