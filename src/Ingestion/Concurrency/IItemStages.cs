namespace Ingestion.Concurrency;

/// <summary>Starts attempts at items.</summary>
internal interface IItemStages<in TItem>
{
    /// <summary>Starts one attempt on the calling thread. Its <see cref="IItemAttempt.End"/> must be called, whatever happens.</summary>
    IItemAttempt Begin(TItem item, int slot);
}
