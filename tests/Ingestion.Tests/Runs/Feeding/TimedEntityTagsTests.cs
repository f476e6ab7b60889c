using Ingestion.Items;
using Ingestion.Runs.Feeding;
using Ingestion.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using TestSupport.Time;

namespace Ingestion.Tests.Runs.Feeding;

public sealed class TimedEntityTagsTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task A_look_up_that_hangs_is_given_up_and_the_records_are_fetched_whole()
    {
        TimedEntityTags tags = new(new HangingTags(), _time, NullLogger.Instance);

        Task<bool> any = tags.AnyStoredAsync(TestContext.Current.CancellationToken);
        Task<IReadOnlyDictionary<ItemKey, string>> found = tags.FindAsync([1, 2], TestContext.Current.CancellationToken);
        _time.Advance(TimedEntityTags.Timeout);

        Assert.True(await any);
        Assert.Empty(await found);
    }

    [Fact]
    public async Task A_run_that_stops_stops_the_look_up()
    {
        using CancellationTokenSource stop = new();
        TimedEntityTags tags = new(new HangingTags(), _time, NullLogger.Instance);

        Task<IReadOnlyDictionary<ItemKey, string>> found = tags.FindAsync([1, 2], stop.Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => found);
    }

    private sealed class HangingTags : IKnownEntityTags
    {
        public Task<bool> AnyStoredAsync(CancellationToken cancellationToken) => new TaskCompletionSource<bool>().Task.WaitAsync(cancellationToken);

        public Task<IReadOnlyDictionary<ItemKey, string>> FindAsync(IReadOnlyList<ItemKey> ids, CancellationToken cancellationToken) =>
            new TaskCompletionSource<IReadOnlyDictionary<ItemKey, string>>().Task.WaitAsync(cancellationToken);
    }
}
