namespace Ingestion.Storage;

/// <summary>What is in the database after the commit.</summary>
/// <param name="Error">The stored reason of a failure; set by the writer when PostgreSQL rejected the row.</param>
internal readonly record struct CommittedOutcome(Outcome Outcome, string? Error);
