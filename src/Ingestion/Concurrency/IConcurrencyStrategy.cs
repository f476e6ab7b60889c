namespace Ingestion.Concurrency;

/// <summary>
/// Decides which thread and which slot runs an item. It knows nothing of HTTP or SQL: an item is whatever the stages take.
/// </summary>
internal interface IConcurrencyStrategy
{
    /// <summary>
    /// Runs items until the channel is completed, or until <paramref name="stopReading"/> fires and what is in flight has finished.
    /// </summary>
    /// <param name="items">Where the items come from.</param>
    /// <param name="stages">Runs one attempt at an item, stage by stage.</param>
    /// <param name="stopReading">Take no more items; let those in flight finish.</param>
    /// <param name="abort">Give up what is in flight. Passed to every stage.</param>
    /// <exception cref="OperationCanceledException"><paramref name="abort"/> fired while items were in flight.</exception>
    /// <remarks>
    /// A stage that throws anything else is a defect, not a failed item: reading stops, what is in flight finishes, and the first
    /// exception comes out of the returned task.
    /// </remarks>
    Task RunAsync<TItem>(ChannelReader<TItem> items, IItemStages<TItem> stages, CancellationToken stopReading, CancellationToken abort);
}
