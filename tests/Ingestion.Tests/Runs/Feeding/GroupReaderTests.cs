using System.Threading.Channels;
using Ingestion.Runs;
using Ingestion.Runs.Feeding;
using Ingestion.Sources;

namespace Ingestion.Tests.Runs.Feeding;

public sealed class GroupReaderTests
{
    private readonly Channel<WorkItem> _channel = Channel.CreateUnbounded<WorkItem>();

    [Fact]
    public void A_group_is_what_is_there_up_to_its_size()
    {
        var reader = new GroupReader(_channel.Reader, 3);
        Write(null, null, null, null);

        Assert.Equal([1, 2, 3], Read(reader));
        Assert.True(reader.TryPeek(out _));
        Assert.Equal([4], Read(reader));
        Assert.False(reader.TryPeek(out _));
        Assert.False(reader.TryRead(out _));
    }

    [Fact]
    public void An_item_shares_its_request_with_no_more_than_it_may()
    {
        var reader = new GroupReader(_channel.Reader, 10);
        Write(null, 1, 2, 2, null, 3, null);

        Assert.Equal([1], Read(reader));
        Assert.Equal([2], Read(reader));
        Assert.Equal([3, 4], Read(reader));
        Assert.Equal([5, 6, 7], Read(reader));
    }

    [Fact]
    public async Task It_ends_when_the_channel_does()
    {
        var reader = new GroupReader(_channel.Reader, 10);
        Write(null, null);
        _channel.Writer.Complete();

        Assert.True(await reader.WaitToReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal([1, 2], Read(reader));
        Assert.False(await reader.WaitToReadAsync(TestContext.Current.CancellationToken));
        await reader.Completion;
        await Assert.ThrowsAsync<ChannelClosedException>(async () => await reader.ReadAsync(TestContext.Current.CancellationToken));
    }

    private void Write(params int?[] limits)
    {
        for (int i = 0; i < limits.Length; i++)
            Assert.True(_channel.Writer.TryWrite(new WorkItem(new SourceItem(i + 1)) { RequestLimit = limits[i] }));
    }

    private static IEnumerable<int> Read(GroupReader reader)
    {
        Assert.True(reader.TryRead(out WorkItem[]? group));
        return group.Select(item => (int)item.Key.Number);
    }
}
