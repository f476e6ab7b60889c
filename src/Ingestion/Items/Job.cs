namespace Ingestion.Items;

/// <summary>Work that somebody put into a queue as a whole, for any number of workers. The outcomes of its IDs are its own, whichever worker comes to them.</summary>
/// <param name="Id">Stands for it in the tables <c>runs</c> and <c>outcomes</c>.</param>
/// <param name="Requested">How many IDs it has; null when whoever queued it did not say.</param>
internal sealed record Job(Guid Id, long? Requested);
