using Ingestion.Items;
using Ingestion.Runs;
using Ingestion.Runs.Feeding;
using Ingestion.Sources;
using Ingestion.Storage;
using Ingestion.Upstream;
using TestSupport.Time;

namespace Ingestion.Tests.Runs.Feeding;

/// <summary>What is asked about items before they enter the channel, and what becomes of those that are done.</summary>
public sealed class FeederTests
{
    private static readonly Guid RunId = Guid.CreateVersion7();
    private static readonly OpenedRun Fresh = new(RunId, IsResumed: false, default);
    private static readonly OpenedRun Resumed = new(RunId, IsResumed: true, new OutcomeCounts(2, 0, 0, 1));
    private static readonly Job Job = new(Guid.CreateVersion7(), Requested: null);

    public static TheoryData<bool> Keys => [false, true];

    [Theory, MemberData(nameof(Keys))]
    public async Task A_resumed_run_skips_what_is_done_and_settles_it(bool isText)
    {
        ItemKey[] keys = [.. Enumerable.Range(1, 5).Select(id => isText ? new ItemKey($"key/{id}") : new ItemKey(id))];
        MemoryRunStore store = new();
        CommittedOutcome failed = new(Outcome.Failed, "HTTP 500");
        store.Done[(RunId, keys[0])] = store.Done[(RunId, keys[3])] = new CommittedOutcome(Outcome.Ingested, null);
        store.Done[(RunId, keys[1])] = failed;
        store.EntityTags[keys[4]] = "\"e\"";
        ListSource source = new([.. keys.Select(key => new SourceItem(key))]);

        IReadOnlyList<WorkItem> admitted = await FeedAsync(source, Resumed, store, usesTags: true);

        Assert.Equal([(keys[2], null), (keys[4], "\"e\"")], admitted.Select(item => (item.Key, item.EntityTag)));
        Assert.Equal([(keys[0], Outcome.Ingested, null), (keys[1], Outcome.Failed, "HTTP 500"), (keys[3], Outcome.Ingested, null)], source.Settled);
        Assert.Equal([(5, 5)], store.Questions);
    }

    [Fact]
    public async Task A_run_that_is_resumed_asks_once_for_a_chunk_even_without_entity_tags()
    {
        MemoryRunStore store = new();
        for (int id = 1; id <= 2_400; id++)
            store.Done[(RunId, id)] = new CommittedOutcome(Outcome.NotFound, null);
        ListSource source = new([.. Enumerable.Range(1, 2_500).Select(id => new SourceItem(id))]);

        IReadOnlyList<WorkItem> admitted = await FeedAsync(source, Resumed, store);

        Assert.Equal(Enumerable.Range(2_401, 100).Select(id => new ItemKey(id)), admitted.Select(item => item.Key));
        Assert.Equal([(1000, 1000), (1000, 1000), (500, 500)], store.Questions);
    }

    [Fact]
    public async Task Nothing_is_asked_when_nothing_can_be_known()
    {
        MemoryRunStore stored = new(), empty = new();
        stored.EntityTags[1] = "\"a\"";

        IReadOnlyList<WorkItem> fresh = await FeedAsync(new ListSource([new(1), new(2)]), Fresh, stored);
        await FeedAsync(new ListSource([new(1), new(2)]), Fresh, empty, usesTags: true);
        await FeedAsync(new ListSource([new(1, Job: Job), new(2, IsRedelivered: true)], isShared: true), Fresh, empty, usesTags: true);

        Assert.Equal([(1, null), (2, null)], fresh.Select(item => (item.Key, item.EntityTag)));
        Assert.Empty(stored.Questions);
        Assert.Empty(empty.Questions);
    }

    [Fact]
    public async Task What_a_queue_delivers_again_is_settled_with_the_outcome_of_its_job()
    {
        MemoryRunStore store = new();
        store.Done[(Job.Id, 1)] = store.Done[(Job.Id, 2)] = store.Done[(RunId, 3)] = new CommittedOutcome(Outcome.Ingested, null);
        ListSource source = new([new(1, Job: Job, IsRedelivered: true), new(2, Job: Job), new(3, IsRedelivered: true), new(4, Job: Job, IsRedelivered: true)], isShared: true);

        IReadOnlyList<WorkItem> admitted = await FeedAsync(source, Fresh, store);

        Assert.Equal([2, 3, 4], admitted.Select(item => item.Key.Number));
        Assert.Equal([(1, Outcome.Ingested, null)], source.Settled);
        Assert.Equal([(4, 2)], store.Questions);
    }

    [Fact]
    public async Task A_failure_of_a_job_that_comes_again_is_tried_again()
    {
        MemoryRunStore store = new();
        store.Done[(Job.Id, 1)] = new CommittedOutcome(Outcome.Failed, "HTTP 400");
        ListSource source = new([new(1, Job: Job, IsRedelivered: true)], isShared: true);

        IReadOnlyList<WorkItem> admitted = await FeedAsync(source, Fresh, store);

        Assert.Equal(1, Assert.Single(admitted).Key.Number);
        Assert.Empty(source.Settled);
    }

    [Fact]
    public async Task A_question_that_fails_ends_the_feeding()
    {
        MemoryRunStore store = new() { Broken = new InvalidOperationException("no such column") };

        await Assert.ThrowsAsync<InvalidOperationException>(() => FeedAsync(new ListSource([new(1)], isEndless: true), Resumed, store));
    }

    [Theory]
    [InlineData("Sequential")]
    [InlineData("Async")]
    [InlineData("Pipeline")]
    public async Task An_item_that_is_delivered_twice_has_one_outcome_and_is_settled_twice(string strategy)
    {
        ListSource source = new([new(1), new(2), new(1), new(3), new(1)]);
        using RunFixture run = new(
            new IngestionOptions { Strategy = strategy, DegreeOfParallelism = strategy == "Sequential" ? 1 : 4, StallTimeout = TimeSpan.Zero },
            new UpstreamOptions(), new ScriptedUpstream((id, _) => ScriptedUpstream.Found(id)), source: source);
        run.Store.MayRepeat = true;

        RunSummary summary = await run.RunAsync();

        Assert.Equal([1, 2, 3], run.Store.Outcomes.Keys.Select(key => key.Number).Order());
        Assert.Equal((new OutcomeCounts(3, 0, 0, 0), 3, true), (summary.Counts, summary.Requested, summary.IsComplete));
        Assert.Equal([1, 1, 1, 2, 3], source.Settled.Select(settled => settled.Key.Number).Order());
    }

    [Fact]
    public async Task A_resumed_run_counts_what_was_done_before_and_ends()
    {
        ListSource source = new([new(1), new(2), new(3), new(4)]);
        using RunFixture run = new(
            new IngestionOptions { StallTimeout = TimeSpan.Zero }, new UpstreamOptions { ConditionalRequests = false }, new ScriptedUpstream((id, _) => ScriptedUpstream.Found(id)), source: source);
        run.Store.Opened = Resumed;
        for (int id = 1; id <= 3; id++)
            run.Store.Done[(RunId, id)] = new CommittedOutcome(Outcome.Ingested, null);

        RunSummary summary = await run.RunAsync();

        Assert.Equal(4, Assert.Single(run.Store.Outcomes).Key.Number);
        Assert.Equal((4, 3, true), (summary.Counts.Total, summary.AlreadyDone, summary.IsComplete));
        Assert.Equal([1, 2, 3, 4], source.Settled.Select(settled => settled.Key.Number).Order());
    }

    private static async Task<IReadOnlyList<WorkItem>> FeedAsync(ListSource source, OpenedRun run, MemoryRunStore store, bool usesTags = false)
    {
        using WorkQueue queue = new(10_000, new ManualTimeProvider());
        Feeder feeder = new(source, await source.DescribeAsync(CancellationToken.None), run, store, usesTags, queue, channelCapacity: 10_000);
        await feeder.FeedAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        List<WorkItem> admitted = [];
        while (queue.Reader.TryRead(out WorkItem? item))
            admitted.Add(item);
        return admitted;
    }
}
