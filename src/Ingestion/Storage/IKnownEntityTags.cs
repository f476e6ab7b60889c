using Ingestion.Items;

namespace Ingestion.Storage;

/// <summary>The entity tags of the records that are stored, for conditional requests. Every operation waits out an outage.</summary>
internal interface IKnownEntityTags
{
    /// <summary>Whether any record is stored. Costs the same however many there are: without one, there are no tags to look for.</summary>
    Task<bool> AnyStoredAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Finds the tags of those items that have one. A record that was fingerprinted with another <c>Transform:FingerprintIterations</c> has none:
    /// it has to be fetched, or its hash would stay that of the old setting.
    /// </summary>
    /// <param name="ids">The items, each once.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IReadOnlyDictionary<ItemKey, string>> FindAsync(IReadOnlyList<ItemKey> ids, CancellationToken cancellationToken);
}
