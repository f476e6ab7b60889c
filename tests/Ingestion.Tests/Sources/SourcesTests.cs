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

        Assert.Equal(new SourceDescription("ids:1-3,42", 4), description);
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
    public async Task The_catalog_delivers_one_to_the_number_the_upstream_has()
    {
        CatalogSource source = new(new FixedCatalog(3));

        SourceDescription description = await source.DescribeAsync(CancellationToken.None);

        Assert.Equal(new SourceDescription("catalog", 3), description);
        Assert.Equal([1, 2, 3], await ReadAsync(source, description));
    }

    [Fact]
    public async Task Reading_ends_early_when_it_is_told_to_stop()
    {
        foreach (IItemSource source in (IItemSource[])
            [new IdsSource(Parse("1-2147483647")), new CatalogSource(new FixedCatalog(int.MaxValue)), new DeadLetterSource(new FixedDeadLetters(100, distance: 1), DeadLetterFilter.All)])
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

    private sealed class FixedCatalog(int count) : ICatalog
    {
        public Task<int> CountAsync(CancellationToken cancellationToken) => Task.FromResult(count);
    }
}
