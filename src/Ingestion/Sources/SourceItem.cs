namespace Ingestion.Sources;

/// <summary>An ID as a source delivers it.</summary>
/// <param name="Origin">The trace context the ID came with, when it came from elsewhere.</param>
/// <param name="Receipt">Whatever the source needs to settle this delivery, such as a delivery tag; opaque to everybody else.</param>
/// <param name="Job">What the ID belongs to; null when that is the run that ingests it.</param>
/// <param name="IsRedelivered">Whether it was delivered before, to whomever: it may have an outcome in its job.</param>
/// <param name="IsUrgent">Whether somebody wants it before the others.</param>
internal readonly record struct SourceItem(ItemKey Key, ActivityContext Origin = default, object? Receipt = null, Job? Job = null, bool IsRedelivered = false, bool IsUrgent = false);
