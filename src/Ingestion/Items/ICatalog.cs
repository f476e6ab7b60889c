namespace Ingestion.Items;

/// <summary>Knows how many characters the upstream has.</summary>
internal interface ICatalog
{
    /// <summary>Asks the upstream for its number of characters; waits and asks again while it does not answer.</summary>
    Task<int> CountAsync(CancellationToken cancellationToken);
}
