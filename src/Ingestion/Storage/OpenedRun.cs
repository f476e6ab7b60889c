namespace Ingestion.Storage;

/// <summary>A run that is open now.</summary>
/// <param name="Id">UUID version 7.</param>
/// <param name="Counts">The outcomes that were there already; none for a new one.</param>
internal sealed record OpenedRun(Guid Id, bool IsResumed, OutcomeCounts Counts);
