namespace Ingestion.Sources;

/// <summary>Where the IDs of a run come from, and who hears when one is done.</summary>
internal interface IItemSource
{
    /// <summary>Whether it will have delivered everything some day.</summary>
    bool HasEnd => true;

    /// <summary>Whether some of what it delivers is urgent.</summary>
    bool HasUrgent => false;

    /// <summary>Finds out what this source will deliver. Called once, before a run opens.</summary>
    Task<SourceDescription> DescribeAsync(CancellationToken cancellationToken);

    /// <summary>Delivers the IDs, one by one, as fast as they are taken. Ends early when <paramref name="stopReading"/> fires.</summary>
    IAsyncEnumerable<SourceItem> ReadAsync(SourceDescription description, CancellationToken stopReading);

    /// <summary>Delivers, at the same time, what overtakes all that waits. Only where <see cref="HasUrgent"/>.</summary>
    IAsyncEnumerable<SourceItem> ReadUrgentAsync(CancellationToken stopReading) => AsyncEnumerable.Empty<SourceItem>();

    /// <summary>One of these keys that it will not deliver, or null: it delivers them all, or that shows only when it is read.</summary>
    Task<ItemKey?> FindMissingAsync(IReadOnlyList<ItemKey> keys, CancellationToken cancellationToken) => Task.FromResult<ItemKey?>(null);

    /// <summary>
    /// Called once per item, after its outcome is committed; by default that is all a source needs. Does not fail: an item that cannot be settled is delivered again, and recognised. Nobody waits for it
    /// any longer once the run is aborted.
    /// </summary>
    /// <param name="reason">Why it failed; null otherwise.</param>
    ValueTask SettleAsync(SourceItem item, Outcome outcome, string? reason) => ValueTask.CompletedTask;

    /// <summary>Called once per run, when nothing more is settled in it: what was delivered and not settled goes back.</summary>
    ValueTask EndAsync() => ValueTask.CompletedTask;
}
