namespace Ingestion.Sources;

/// <summary>Delivers keys from the database, ascending, each once. They are read page by page while the run goes on, so the number it starts with is an estimate.</summary>
internal abstract class PagedSource : IItemSource
{
    private const int PageSize = 10_000;

    public abstract Task<SourceDescription> DescribeAsync(CancellationToken cancellationToken);

    public async IAsyncEnumerable<SourceItem> ReadAsync(SourceDescription description, [EnumeratorCancellation] CancellationToken stopReading)
    {
        ItemKey? last = null;
        for (bool isMore = true; isMore;)
        {
            IReadOnlyList<ItemKey> page = await ListAsync(last, PageSize, stopReading);
            foreach (ItemKey id in page)
            {
                if (stopReading.IsCancellationRequested)
                    yield break;
                last = id;
                yield return new SourceItem(id);
            }

            isMore = page.Count == PageSize;
        }
    }

    protected abstract Task<IReadOnlyList<ItemKey>> ListAsync(ItemKey? after, int limit, CancellationToken cancellationToken);
}
