namespace Ingestion.Storage;

/// <summary>An item that failed and was not ingested since, with its latest failure.</summary>
/// <param name="Answer">The answer it failed for, as JSON: <c>status</c>, <c>headers</c> and the beginning of the <c>body</c>; null without one.</param>
public sealed record DeadLetter(ItemKey Key, Guid Run, int Attempts, DateTimeOffset FailedAt, string Reason, string? Answer);
