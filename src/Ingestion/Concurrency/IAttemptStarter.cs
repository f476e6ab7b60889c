namespace Ingestion.Concurrency;

/// <summary>Starts attempts at items.</summary>
internal interface IAttemptStarter<in TItem>
{
    /// <summary>The most items that one attempt is for.</summary>
    int ItemsPerAttempt => 1;

    /// <summary>Starts one attempt on the calling thread. Its <see cref="IItemAttempt.End"/> must be called, whatever happens.</summary>
    IItemAttempt Start(TItem item, int slot);
}
