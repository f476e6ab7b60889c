using Ingestion.Configuration;
using Ingestion.Items;
using Ingestion.Sources;

namespace Ingestion.Tests.Sources;

public sealed class SourcesTests
{
    [Fact]
    public async Task The_ids_source_is_named_by_its_canonical_list_and_delivers_it_ascending()
    {
        IdsSource source = new(Parse("42, 3,1-2"));

        SourceDescription description = await source.DescribeAsync(CancellationToken.None);

        Assert.Equal(new SourceDescription("ids:1-3,42", 4) { IsAscending = true }, description);
        Assert.Equal([1, 2, 3, 42], await ReadAsync(source, description));
    }

    [Fact]
    public async Task A_long_list_has_a_short_name_that_tells_it_from_others()
    {
        string list = string.Join(',', Enumerable.Range(1, 500).Select(i => i * 2));
        string name = await NameAsync(list);

        Assert.InRange(name.Length, 100, 200);
        Assert.StartsWith("ids:2,4,6,", name, StringComparison.Ordinal);
        Assert.Equal(name, await NameAsync("2," + list));
        Assert.NotEqual(name, await NameAsync(list + ",5000"), StringComparer.Ordinal);
    }

    [Fact]
    public async Task The_catalog_delivers_what_stands_on_its_pages_and_fetches_each_once()
    {
        FixedCatalog catalog = new([1, 4], [], [9]);
        CatalogSource source = new(catalog);

        SourceDescription description = await source.DescribeAsync(CancellationToken.None);

        Assert.Equal(new SourceDescription("catalog", 3) { IsEstimate = true }, description);
        Assert.Equal([1, 4, 9], await ReadAsync(source, description));
        Assert.Equal(3, catalog.Fetched);
        Assert.Equal([1, 4, 9], await ReadAsync(source, description));
        Assert.Equal(6, catalog.Fetched);
    }

    [Fact]
    public async Task Pages_are_not_fetched_ahead_of_what_is_taken()
    {
        FixedCatalog catalog = new([1, 2], [3, 4], [5, 6]);
        CatalogSource source = new(catalog);

        await foreach (SourceItem item in source.ReadAsync(await source.DescribeAsync(CancellationToken.None), CancellationToken.None))
        {
            if (item.Key == 4)
                break;
        }

        Assert.Equal(2, catalog.Fetched);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 5)]
    [InlineData(3, 3)]
    [InlineData(7, 20)]
    [InlineData(50, 1000)]
    public async Task Links_that_lead_round_in_a_circle_end_the_run(int first, int last)
    {
        EndlessCatalog catalog = new(page => ([page], page == last ? first : page + 1));

        Assert.StartsWith($"Resource:Catalog:Next leads round in a circle: http://127.0.0.1/api/things was named as the next page before", await CircleAsync(catalog), StringComparison.Ordinal);
        Assert.InRange(catalog.Fetched, last, 4 * last + 4);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(30)]
    public async Task The_same_pages_under_ever_new_links_end_the_run(int length)
    {
        EndlessCatalog catalog = new(page => ([page % length * 2, (page % length * 2) + 1], page + 1));

        Assert.Matches("a circle: the page that begins with [0-9]+ comes again and again", await CircleAsync(catalog));
        Assert.InRange(catalog.Fetched, 3, (12 * length) + 4);
    }

    [Fact]
    public async Task Pages_without_ids_go_on_but_not_for_ever()
    {
        Assert.Equal([1, 2], await ReadAsync(new CatalogSource(new FixedCatalog([[1], .. Enumerable.Repeat<int[]>([], 1000), [2]])), new SourceDescription("catalog", null)));

        Assert.Contains("more than 1000 pages in a row have no IDs", await CircleAsync(new EndlessCatalog(page => ([], page + 1))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_that_is_shifted_onto_itself_now_and_then_is_no_circle()
    {
        // New records came in front of it, as many as a page has.
        EndlessCatalog catalog = new(page => ([page is 2 or 4 ? page - 1 : page], page == 100 ? null : page + 1));

        Assert.Equal(100, (await ReadAsync(new CatalogSource(catalog), new SourceDescription("catalog", null))).Count);
    }

    [Fact]
    public async Task Reading_ends_early_when_it_is_told_to_stop()
    {
        foreach (IItemSource source in (IItemSource[])
            [new IdsSource(Parse("1-2147483647")), new CatalogSource(new EndlessCatalog(page => ([page], page + 1))), new DeadLetterSource(new FixedDeadLetters(100, distance: 1), DeadLetterFilter.All)])
        {
            using CancellationTokenSource stop = new();
            var delivered = new List<int>();
            await foreach (SourceItem item in source.ReadAsync(await source.DescribeAsync(CancellationToken.None), stop.Token))
            {
                delivered.Add((int)item.Key.Number);
                if (item.Key == 5)
                    await stop.CancelAsync();
            }

            Assert.Equal([1, 2, 3, 4, 5], delivered);
        }
    }

    [Fact]
    public async Task Dead_letters_are_read_page_by_page_and_each_is_delivered_once()
    {
        FixedDeadLetters deadLetters = new(25_000);
        DeadLetterSource source = new(deadLetters, DeadLetterFilter.All);

        SourceDescription description = await source.DescribeAsync(CancellationToken.None);

        Assert.Equal(new SourceDescription("redrive", 25_000, IsRedrive: true), description);
        Assert.Equal(Enumerable.Range(1, 25_000).Select(i => i * 2), await ReadAsync(source, description));
        Assert.Equal(3, deadLetters.Pages);
    }

    [Fact]
    public async Task Dead_letters_are_not_read_ahead_of_what_is_taken()
    {
        FixedDeadLetters deadLetters = new(1_000_000);
        DeadLetterSource source = new(deadLetters, DeadLetterFilter.All);

        await foreach (SourceItem item in source.ReadAsync(await source.DescribeAsync(CancellationToken.None), CancellationToken.None))
        {
            if (item.Key == 2 * 10_000)
                break;
        }

        Assert.Equal(1, deadLetters.Pages);
    }

    private static async Task<string> NameAsync(string list) => (await new IdsSource(Parse(list)).DescribeAsync(CancellationToken.None)).Name;

    private static async Task<List<int>> ReadAsync(IItemSource source, SourceDescription description)
    {
        var ids = new List<int>();
        await foreach (SourceItem item in source.ReadAsync(description, CancellationToken.None))
            ids.Add((int)item.Key.Number);
        return ids;
    }

    private static IdRanges Parse(string text)
    {
        Assert.True(IdRanges.TryParse(text, out IdRanges? ranges, out string? error), error);
        return ranges;
    }

    private sealed class FixedDeadLetters(int count, int distance = 2) : IDeadLetterIds
    {
        public int Pages { get; private set; }

        public Task<long> CountAsync(DeadLetterFilter filter, CancellationToken cancellationToken) => Task.FromResult((long)count);

        public Task<IReadOnlyList<ItemKey>> ListAsync(DeadLetterFilter filter, ItemKey? after, int limit, CancellationToken cancellationToken)
        {
            Pages++;
            int delivered = (int)(after?.Number ?? 0) / distance;
            return Task.FromResult<IReadOnlyList<ItemKey>>([.. Enumerable.Range(delivered + 1, Math.Min(limit, count - delivered)).Select(i => new ItemKey(i * distance))]);
        }
    }

    private static async Task<string> CircleAsync(ICatalog catalog) =>
        (await Assert.ThrowsAsync<IngestionConfigurationException>(() => ReadAsync(new CatalogSource(catalog), new SourceDescription("catalog", null)))).Message;

    /// <summary>Pages are numbered from 1.</summary>
    private class EndlessCatalog(Func<int, (int[] Ids, int? Next)> pages, long? count = null) : ICatalog
    {
        public int Fetched { get; private set; }

        public Task<CatalogPage> FetchAsync(Uri? address, CancellationToken cancellationToken)
        {
            Fetched++;
            (int[] ids, int? next) = pages(address is null ? 1 : int.Parse(address.Query.Split('=')[1], System.Globalization.CultureInfo.InvariantCulture));
            return Task.FromResult(new CatalogPage([.. ids.Select(id => new ItemKey(id))], next is null ? null : new Uri($"http://127.0.0.1/api/things?page={next}"), count));
        }
    }

    private sealed class FixedCatalog(params int[][] pages)
        : EndlessCatalog(page => (pages[page - 1], page < pages.Length ? page + 1 : null), pages.Sum(page => page.Length));
}
