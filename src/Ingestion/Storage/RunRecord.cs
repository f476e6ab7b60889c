namespace Ingestion.Storage;

/// <summary>A row of the table <c>runs</c>; for a run that is going on the counts are those of the outcomes stored so far.</summary>
public sealed record RunRecord(
    Guid Id,
    string Source,
    string Strategy,
    int DegreeOfParallelism,
    RunStatus Status,
    long? Requested,
    OutcomeCounts Counts,
    DateTimeOffset StartedAt,
    DateTimeOffset? FinishedAt);
