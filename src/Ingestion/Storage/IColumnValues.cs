namespace Ingestion.Storage;

/// <summary>Lets the database make the columns of a record, and stores nothing.</summary>
internal interface IColumnValues
{
    /// <summary>The columns of the resource, in its order. Does not wait for a database that is away.</summary>
    /// <exception cref="Configuration.IngestionConfigurationException">The database cannot be used as configured.</exception>
    /// <exception cref="Configuration.IngestionUnavailableException">It cannot be used right now.</exception>
    Task<IReadOnlyList<ColumnValue>> MakeAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken);
}
