namespace Ingestion.Sources;

/// <summary>Delivers every ID that stands on the pages of the upstream's list, and follows these while the run goes on.</summary>
internal sealed class CatalogSource(ICatalog catalog) : IItemSource
{
    /// <summary>It has been fetched to see what there is, and is not fetched again for that.</summary>
    private CatalogPage? _first;

    public async Task<SourceDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        _first = await catalog.FetchAsync(address: null, cancellationToken);
        return new SourceDescription("catalog", _first.Count) { IsEstimate = true };
    }

    public async IAsyncEnumerable<SourceItem> ReadAsync(SourceDescription description, [EnumeratorCancellation] CancellationToken stopReading)
    {
        CatalogPage page = Interlocked.Exchange(ref _first, null) ?? await catalog.FetchAsync(address: null, stopReading);
        for (PageCycle cycle = new(); ; page = await catalog.FetchAsync(page.Next, stopReading))
        {
            foreach (ItemKey key in page.Keys)
            {
                if (stopReading.IsCancellationRequested)
                    yield break;
                yield return new SourceItem(key);
            }

            if (page.Next is null)
                yield break;
            if (cycle.Find(page) is { } problem)
                throw new IngestionConfigurationException($"Resource:Catalog:Next leads round in a circle: {problem}; correct it, or Resource:Catalog:Path. What was listed before is done");
        }
    }
}
