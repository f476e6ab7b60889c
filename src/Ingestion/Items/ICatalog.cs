namespace Ingestion.Items;

/// <summary>Knows how many records the upstream has.</summary>
internal interface ICatalog
{
    /// <summary>Asks the upstream for its number of records; waits and asks again while it does not answer.</summary>
    Task<int> CountAsync(CancellationToken cancellationToken);
}
