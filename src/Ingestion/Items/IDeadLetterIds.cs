namespace Ingestion.Items;

/// <summary>The characters that have failed and were not ingested since. Both operations wait for a database that is away.</summary>
internal interface IDeadLetterIds
{
    /// <summary>How many there are.</summary>
    Task<long> CountAsync(DeadLetterFilter filter, CancellationToken cancellationToken);

    /// <summary>At most <paramref name="limit"/> of the IDs above <paramref name="after"/>, ascending; fewer only when there are no more.</summary>
    Task<IReadOnlyList<int>> ListAsync(DeadLetterFilter filter, int after, int limit, CancellationToken cancellationToken);
}
