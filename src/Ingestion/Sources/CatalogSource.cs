using Ingestion.Items;

namespace Ingestion.Sources;

/// <summary>Delivers every ID the upstream has: 1 to the number it says. There is nothing to settle.</summary>
internal sealed class CatalogSource(ICatalog catalog) : IItemSource
{
    public async Task<SourceDescription> DescribeAsync(CancellationToken cancellationToken) =>
        new("catalog", await catalog.CountAsync(cancellationToken));

    public IAsyncEnumerable<SourceItem> ReadAsync(SourceDescription description, CancellationToken stopReading) =>
        Enumerable.Range(1, (int)(description.Count ?? 0))
            .TakeWhile(_ => !stopReading.IsCancellationRequested).Select(id => new SourceItem(id)).ToAsyncEnumerable();
}
