using Ingestion.Items;

namespace Ingestion.Storage;

/// <summary>A run that is open now.</summary>
/// <param name="Id">UUID version 7.</param>
/// <param name="IsResumed">Whether an unfinished run was taken up again.</param>
/// <param name="Completed">The IDs that already have an outcome in this run; empty for a new one.</param>
/// <param name="Counts">The outcomes that were there already.</param>
internal sealed record OpenedRun(Guid Id, bool IsResumed, IdSet Completed, OutcomeCounts Counts);
