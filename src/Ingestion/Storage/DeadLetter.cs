using Ingestion.Items;

namespace Ingestion.Storage;

/// <summary>An item that failed and was not ingested since, with its latest failure.</summary>
/// <param name="Key">The item.</param>
/// <param name="Run">The run it failed in.</param>
/// <param name="Attempts">How many attempts that made.</param>
/// <param name="FailedAt">When it failed.</param>
/// <param name="Reason">Why, as it is stored.</param>
public sealed record DeadLetter(ItemKey Key, Guid Run, int Attempts, DateTimeOffset FailedAt, string Reason);
