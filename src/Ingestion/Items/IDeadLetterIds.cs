namespace Ingestion.Items;

/// <summary>The items that have failed and were not ingested since. Both operations wait for a database that is away.</summary>
internal interface IDeadLetterIds
{
    /// <summary>How many there are.</summary>
    Task<long> CountAsync(DeadLetterFilter filter, CancellationToken cancellationToken);

    /// <summary>At most <paramref name="limit"/> of the IDs above <paramref name="after"/>, ascending, null for the beginning; fewer only when there are no more.</summary>
    Task<IReadOnlyList<ItemKey>> ListAsync(DeadLetterFilter filter, ItemKey? after, int limit, CancellationToken cancellationToken);
}
