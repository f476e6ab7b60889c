using System.Runtime.CompilerServices;
using Ingestion.Items;

namespace Ingestion.Sources;

/// <summary>
/// Delivers the dead letters, ascending, each once. They are read page by page while the run goes on, so the number it starts with is an estimate:
/// another run may resolve some of them first. There is nothing to settle: the writer resolves a failure together with its new outcome.
/// </summary>
internal sealed class DeadLetterSource(IDeadLetterIds deadLetters, DeadLetterFilter filter) : IItemSource
{
    private const int PageSize = 10_000;

    public async Task<SourceDescription> DescribeAsync(CancellationToken cancellationToken) =>
        new(DeadLetterFilter.SourceName, await deadLetters.CountAsync(filter, cancellationToken), IsRedrive: true);

    public async IAsyncEnumerable<SourceItem> ReadAsync(SourceDescription description, [EnumeratorCancellation] CancellationToken stopReading)
    {
        ItemKey? last = null;
        for (bool isMore = true; isMore;)
        {
            IReadOnlyList<ItemKey> page = await deadLetters.ListAsync(filter, last, PageSize, stopReading);
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
}
