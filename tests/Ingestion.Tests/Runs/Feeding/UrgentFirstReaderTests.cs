using System.Collections.Concurrent;
using System.Threading.Channels;
using Ingestion.Runs;
using Ingestion.Runs.Feeding;
using Ingestion.Sources;

namespace Ingestion.Tests.Runs.Feeding;

/// <summary>Items from 1 are of the rest, those from 1,000,000 are urgent.</summary>
public sealed class UrgentFirstReaderTests
{
    private const int Urgent = 1_000_000;

    [Fact]
    public async Task An_urgent_item_is_the_next_one_however_many_wait()
    {
        UrgentFirstReader reader = new(10_000);
        await WriteAsync(reader, 1, 10_000);
        Assert.Equal([1, 2], Read(reader, 2));

        await WriteAsync(reader, Urgent, 1);

        Assert.Equal([Urgent, 3, 4], Read(reader, 3));
    }

    [Fact]
    public async Task A_share_of_the_turns_is_kept_for_the_rest_however_much_is_urgent()
    {
        UrgentFirstReader reader = new(1_000);
        await WriteAsync(reader, 1, 100);
        await WriteAsync(reader, Urgent, 1_000);

        int[] read = [.. Read(reader, 100)];

        Assert.Equal(Enumerable.Range(1, 20), read.Where(id => id < Urgent));
        Assert.Equal([Urgent, Urgent + 1, Urgent + 2, Urgent + 3, 1, Urgent + 4], read[..6]);
    }

    [Fact]
    public async Task What_is_alone_is_read_in_its_order()
    {
        UrgentFirstReader reader = new(10);
        await WriteAsync(reader, Urgent, 10);
        Assert.Equal(Enumerable.Range(Urgent, 10), Read(reader, 10));
        await WriteAsync(reader, 1, 10);
        Assert.Equal(Enumerable.Range(1, 10), Read(reader, 10));
        Assert.Equal(0, reader.Count);
        Assert.False(reader.TryRead(out _));
    }

    [Fact]
    public async Task Each_lane_has_the_room_of_the_channel()
    {
        UrgentFirstReader reader = new(2);
        await WriteAsync(reader, 1, 2);
        Task third = WriteAsync(reader, 3, 1);
        await WriteAsync(reader, Urgent, 2);
        Task urgent = WriteAsync(reader, Urgent + 2, 1);
        Assert.Equal((false, false, 4), (third.IsCompleted, urgent.IsCompleted, reader.Count));

        Assert.Equal([Urgent], Read(reader, 1));
        await urgent;
        Assert.False(third.IsCompleted);

        Assert.Equal([Urgent + 1, Urgent + 2, 1], Read(reader, 3));
        await third;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Each_of_those_who_wait_gets_one_of_the_urgent_items(bool reads)
    {
        UrgentFirstReader reader = new(10);
        Task<WorkItem>[] waiting = [.. Enumerable.Range(0, 5).Select(_ => reads ? reader.ReadAsync().AsTask() : WaitAndReadAsync(reader))];
        Assert.DoesNotContain(waiting, task => task.IsCompleted);

        await WriteAsync(reader, Urgent, 5);

        WorkItem[] got = await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(Urgent, 5), got.Select(item => (int)item.Key.Number).Order());
    }

    [Fact]
    public async Task An_item_shares_its_request_with_no_more_than_it_may_and_none_is_passed_over()
    {
        UrgentFirstReader lanes = new(10);
        GroupReader reader = new(lanes, 10);
        await WriteAsync(lanes, 1, 3);
        await lanes.WriteAsync(new WorkItem(new SourceItem(Urgent, IsUrgent: true)) { RequestLimit = 2 }, overtakes: true, CancellationToken.None);
        await lanes.WriteAsync(new WorkItem(new SourceItem(Urgent + 1, IsUrgent: true)) { RequestLimit = 1 }, overtakes: true, CancellationToken.None);

        Assert.Equal([[Urgent], [Urgent + 1], [1, 2, 3]], Enumerable.Range(0, 3).Select(_ => reader.TryRead(out WorkItem[]? group) ? group.Select(item => (int)item.Key.Number).ToArray() : []));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(7, false)]
    public async Task With_many_writers_and_readers_every_item_comes_once_and_nobody_waits_in_vain(int groupSize, bool isBlocking)
    {
        const int each = 20_000;
        UrgentFirstReader lanes = new(16);
        GroupReader reader = new(lanes, groupSize);
        ConcurrentBag<int> got = [];
        Task[] readers = [.. Enumerable.Range(0, 6).Select(number => Task.Run(async () =>
        {
            try
            {
                while (true)
                {
                    // Every second one waits as the consumers that are alone do.
                    if (isBlocking || number % 2 == 0)
                        Add(await reader.ReadAsync());
                    else if (!await reader.WaitToReadAsync())
                        return;
                    else if (reader.TryRead(out WorkItem[]? group))
                        Add(group);
                }
            }
            catch (ChannelClosedException)
            {
                // The end.
            }
        }))];

        // Now and then all is read before more comes: then the readers wait.
        await Task.WhenAll(FeedAsync(1), FeedAsync(Urgent)).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        lanes.Complete();
        await Task.WhenAll(readers).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        Assert.Equal([.. Enumerable.Range(1, each), .. Enumerable.Range(Urgent, each)], got.Order());

        void Add(WorkItem[] group) => Array.ForEach(group, item => got.Add((int)item.Key.Number));

        async Task FeedAsync(int first)
        {
            for (int i = 0; i < each; i++)
            {
                await WriteAsync(lanes, first + i, 1);
                // What is read of a lane that has a single item leaves the other readers waiting.
                if (i % 1000 == 0)
                    Assert.True(SpinWait.SpinUntil(() => lanes.Count == 0, TimeSpan.FromSeconds(30)), $"{lanes.Count} items are left, and nobody reads them");
            }
        }
    }

    private static async Task<WorkItem> WaitAndReadAsync(UrgentFirstReader reader)
    {
        while (true)
        {
            Assert.True(await reader.WaitToReadAsync());
            if (reader.TryRead(out WorkItem? item))
                return item;
        }
    }

    private static async Task WriteAsync(UrgentFirstReader reader, int first, int count)
    {
        foreach (int id in Enumerable.Range(first, count))
            await reader.WriteAsync(new WorkItem(new SourceItem(id, IsUrgent: id >= Urgent)), overtakes: id >= Urgent, CancellationToken.None);
    }

    private static IEnumerable<int> Read(UrgentFirstReader reader, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Assert.True(reader.TryRead(out WorkItem? item));
            yield return (int)item.Key.Number;
        }
    }
}
