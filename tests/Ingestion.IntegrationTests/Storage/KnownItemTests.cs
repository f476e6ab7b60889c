using Ingestion.Items;
using Ingestion.Records;
using Ingestion.Runs;
using Ingestion.Runs.Feeding;
using Ingestion.Sources;
using Ingestion.Storage;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>What a run asks about its items before it works on them.</summary>
public sealed class KnownItemTests(PostgresServer server)
{
    private static readonly Resource Texts = Resources.With(("Resource:Name", "things"), ("Resource:IdType", "Text"), ("Resource:Path", "things/{id}"));

    public static TheoryData<bool> Keys => [false, true];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Keys))]
    public async Task Each_item_gets_its_own_answer_in_the_order_of_the_question(bool isText)
    {
        await using StorageHarness storage = new(await server.CreateDatabaseAsync(), resource: isText ? Texts : null);
        Guid run = await storage.OpenRunAsync();
        Job job = new(Guid.CreateVersion7(), Requested: null);
        await storage.WriteSharedAsync(run, Entries.Found(Key(1, isText), entityTag: "\"a\""), Entries.Failed(Key(2, isText), "HTTP 400"), Entries.Found(Key(3, isText), entityTag: "\"c\"") with { Job = job });

        KnownItem[] known = await storage.Runs.FindKnownAsync(
            [(Key(3, isText), run), (Key(3, isText), job.Id), (Key(2, isText), run), (Key(1, isText), null), (Key(4, isText), run), (Key(3, isText), job.Id), (Key(2, isText), null)], withTags: true, Cancellation);
        KnownItem[] withoutTags = await storage.Runs.FindKnownAsync([(Key(1, isText), null), (Key(1, isText), run)], withTags: false, Cancellation);

        KnownItem ingested = new(new CommittedOutcome(Outcome.Ingested, null), null);
        Assert.Equal([new(null, "\"c\""), ingested, new(new CommittedOutcome(Outcome.Failed, "HTTP 400"), null), new(null, "\"a\""), default, ingested, default], known);
        Assert.Equal([default, ingested], withoutTags);
    }

    [Theory, MemberData(nameof(Keys))]
    public async Task A_resumed_run_works_on_what_is_not_done(bool isText)
    {
        await using StorageHarness storage = new(await server.CreateDatabaseAsync(), resource: isText ? Texts : null);
        Guid run = await storage.OpenRunAsync();
        await storage.WriteAsync(run, Enumerable.Range(1, 1_500).Where(id => id % 100 != 0).Select(id => id % 2 == 0 ? Entries.NotFound(Key(id, isText)) : Entries.Found(Key(id, isText), entityTag: "\"a\"")));
        await storage.Runs.CloseAsync(run, RunStatus.Stopped, Cancellation);
        await storage.WriteAsync(await storage.OpenRunAsync("another source"), Entries.Found(Key(100, isText), entityTag: "\"b\""));

        OpenedRun resumed = await storage.Runs.OpenAsync(StorageHarness.Start(resume: true), Cancellation);
        using WorkQueue queue = new(10_000, TimeProvider.System);
        await new Feeder(new Source(Enumerable.Range(1, 1_500).Select(id => Key(id, isText))), new SourceDescription("keys", 1_500), resumed, storage.Runs, usesTags: true, queue, 10_000).FeedAsync(Cancellation);

        Assert.Equal((run, true, 1_485), (resumed.Id, resumed.IsResumed, resumed.Counts.Total));
        List<WorkItem> admitted = [];
        while (queue.Reader.TryRead(out WorkItem? item))
            admitted.Add(item);
        Assert.Equal(Enumerable.Range(1, 15).Select(id => (Key(id * 100, isText), id == 1 ? "\"b\"" : null)), admitted.Select(item => (item.Key, item.EntityTag)));
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("", 3)]
    [InlineData(";Max Auto Prepare=20;Auto Prepare Min Usages=2", 1)]
    [InlineData(";Max Auto Prepare=20;Auto Prepare Min Usages=2", 3)]
    public async Task Items_are_looked_up_by_key_although_the_tables_were_small_when_the_statement_was_planned(string settings, int distance)
    {
        const string scans = "SELECT sum(seq_scan)::bigint FROM pg_stat_user_tables WHERE relname IN ('item_outcomes', 'commit_outcomes', 'characters')";
        string database = await server.CreateDatabaseAsync();
        Guid run;
        await using (StorageHarness before = new(database))
        {
            run = await before.OpenRunAsync();
            await before.WriteAsync(run, Entries.FoundRange(1, 5));
        }

        await using StorageHarness observer = new(database);
        await observer.ExecuteAsync("ALTER TABLE ingestion.item_outcomes SET (autovacuum_enabled = off); ALTER TABLE ingestion.characters SET (autovacuum_enabled = off); ANALYZE");
        long scanned = await ReadAsync(observer, scans);

        await using (StorageHarness asking = new(database + settings))
        {
            for (int i = 0; i < 10; i++)
                await AskAsync(asking, run, distance);
            await observer.ExecuteAsync($"""
                INSERT INTO ingestion.item_outcomes (run_id, item_id, outcome, attempts, finished_at) SELECT '{run}', id, 'NotFound', 1, now() FROM generate_series(6, 20000) AS id;
                INSERT INTO ingestion.characters (id, raw, content_hash, sanitized, ingested_at, changed_at, run_id) SELECT id, jsonb_build_object(), '', false, now(), now(), '{run}' FROM generate_series(6, 20000) AS id
                """);
            Assert.All(await AskAsync(asking, run, distance), item => Assert.NotNull(item.Done));
        }

        Assert.Equal(scanned, await ReadAsync(observer, scans));
    }

    private static ItemKey Key(int id, bool isText) => isText ? $"key/{id:0000}" : id;

    private static Task<KnownItem[]> AskAsync(StorageHarness storage, Guid run, int distance) =>
        storage.Runs.FindKnownAsync([.. Enumerable.Range(1, 1000).Select(id => (new ItemKey(id * distance), (Guid?)run))], withTags: true, Cancellation);

    /// <summary>The statistics of a session are complete when it has ended.</summary>
    private static async Task<long> ReadAsync(StorageHarness observer, string query)
    {
        await observer.WaitUntilAsync("NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'ingestion-worker' AND datname = current_database())");
        return await observer.QueryAsync<long>(query);
    }

    private sealed class Source(IEnumerable<ItemKey> keys) : IItemSource
    {
        public Task<SourceDescription> DescribeAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<SourceItem> ReadAsync(SourceDescription description, CancellationToken stopReading) => keys.Select(key => new SourceItem(key)).ToAsyncEnumerable();

        public ValueTask SettleAsync(SourceItem item, Outcome outcome, string? reason) => ValueTask.CompletedTask;
    }
}
