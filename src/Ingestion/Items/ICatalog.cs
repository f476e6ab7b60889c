namespace Ingestion.Items;

/// <summary>The list of all records that the upstream has, page by page.</summary>
internal interface ICatalog
{
    /// <summary>Fetches a page; waits and asks again while the upstream does not answer.</summary>
    /// <param name="address">What the page before named as the next one; null for the first.</param>
    /// <exception cref="Configuration.IngestionConfigurationException">There is an answer, but not a page of such a list.</exception>
    /// <exception cref="Configuration.IngestionUnavailableException">The upstream did not answer in time.</exception>
    Task<CatalogPage> FetchAsync(Uri? address, CancellationToken cancellationToken);
}
