namespace Ingestion.Items;

/// <summary>Keys that a query over the database yields, each once. Both operations wait for a database that is away.</summary>
internal interface IKeyQuery
{
    /// <summary>How many there are now.</summary>
    /// <exception cref="Configuration.IngestionConfigurationException">It is no query, or not one for keys of the resource.</exception>
    Task<long> CountAsync(string query, CancellationToken cancellationToken);

    /// <summary>At most <paramref name="limit"/> of those above <paramref name="after"/>, ascending, null for the beginning; fewer only when there are no more.</summary>
    Task<IReadOnlyList<ItemKey>> ListAsync(string query, ItemKey? after, int limit, CancellationToken cancellationToken);
}
