namespace Ingestion.Storage;

/// <summary>An item that failed and was not ingested since, with its latest failure.</summary>
public sealed record DeadLetter(ItemKey Key, Guid Run, int Attempts, DateTimeOffset FailedAt, string Reason);
