namespace Ingestion.Concurrency;

/// <summary>
/// Decides which thread and which slot runs an item. It knows nothing of HTTP or SQL: an item is whatever the stages take.
/// </summary>
internal interface IConcurrencyStrategy
{
    /// <summary>Takes items and runs them until there are none to take any more, and what is in flight has finished.</summary>
    Task RunAsync<TItem>(StrategyContext<TItem> context);
}
