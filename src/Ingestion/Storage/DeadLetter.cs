using Ingestion.Items;

namespace Ingestion.Storage;

/// <summary>An item that failed and was not ingested since, with its latest failure.</summary>
/// <param name="Key">The item.</param>
/// <param name="Run">The run it failed in.</param>
/// <param name="Attempts">How many attempts that made.</param>
/// <param name="FailedAt">When it failed.</param>
/// <param name="Reason">Why, as it is stored.</param>
/// <param name="Answer">The answer it failed for, as JSON: <c>status</c>, <c>headers</c> and the beginning of the <c>body</c>; null without one.</param>
public sealed record DeadLetter(ItemKey Key, Guid Run, int Attempts, DateTimeOffset FailedAt, string Reason, string? Answer);
