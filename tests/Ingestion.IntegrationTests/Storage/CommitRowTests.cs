using Ingestion.Items;
using Ingestion.Storage;
using Npgsql;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>What a commit of a run over IDs did stands in one row, for items that need none of their own; the view shows no difference.</summary>
public sealed class CommitRowTests(PostgresServer server)
{
    private const string View = "SELECT string_agg(concat_ws(' ', item_id, outcome, attempts, error), ', ' ORDER BY item_id) FROM ingestion.outcomes";
    private const string Own = "SELECT coalesce(string_agg(item_id::text, ',' ORDER BY item_id), '') FROM ingestion.item_outcomes";
    private const string Commits = "SELECT string_agg(concat_ws(' ', first_item, coalesce(ingested, '{}'), coalesce(unchanged, '{}'), coalesce(not_found, '{}')), ', ' ORDER BY first_item) FROM ingestion.commit_outcomes";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Items_that_ended_at_the_first_attempt_share_a_row_and_the_others_have_their_own()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.WriteAsync(await storage.OpenRunAsync(), Entries.Found(5), Entries.Found(9000));
        Guid run = await storage.OpenRunAsync();
        await using IOutcomeWriter writer = storage.Runs.OpenWriter(run, isAscending: true);
        await using NpgsqlConnection holder = await storage.ConnectAsync();
        await using var lockTable = new NpgsqlCommand("BEGIN; LOCK TABLE ingestion.characters", holder);
        await lockTable.ExecuteNonQueryAsync(Cancellation);
        Task<CommittedOutcome> first = writer.WriteAsync(Entries.NotFound(1_000_000) with { Attempts = 1 });
        await storage.WaitUntilAsync("EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'relation' AND datname = current_database())");

        Task<CommittedOutcome>[] writes =
        [
            .. new[]
            {
                Entries.Found(4904), Entries.Found(4905), Entries.Found(5), Entries.NotModified(6000), Entries.Found(7000) with { Attempts = 2 }, Entries.Failed(7001),
                Entries.NotFound(7002) with { Attempts = 1 }, Entries.NotModified(8000), Entries.Found(8999), Entries.Found(9000),
            }.Select(writer.WriteAsync),
        ];
        lockTable.CommandText = "COMMIT";
        await lockTable.ExecuteNonQueryAsync(Cancellation);
        CommittedOutcome[] results = await Task.WhenAll(writes);

        Assert.Equal(Outcome.NotFound, (await first).Outcome);
        Assert.Equal("IIUUIFNUIU", string.Concat(results.Select(result => result.Outcome.ToString()[0])));
        Assert.Equal("4905 {4905,8999} {9000,6000,8000} {7002}", await storage.QueryAsync<string>($"{Commits} WHERE run_id = '{run}'"));
        Assert.Equal("5,4904,7000,7001,1000000", await storage.QueryAsync<string>($"{Own} WHERE run_id = '{run}'"));
        Assert.Equal(
            "5 Unchanged 1, 4904 Ingested 1, 4905 Ingested 1, 6000 Unchanged 1, 7000 Ingested 2, 7001 Failed 5 HTTP 500, 7002 NotFound 1, 8000 Unchanged 1, 8999 Ingested 1, 9000 Unchanged 1, 1000000 NotFound 1",
            await storage.QueryAsync<string>($"{View} WHERE run_id = '{run}'"));
        Assert.Equal(new OutcomeCounts(4, 4, 2, 1), await storage.Runs.CloseAsync(run, RunStatus.Stopped, Cancellation));
        Assert.Equal(new OutcomeCounts(4, 4, 2, 1), (await storage.Runs.OpenAsync(StorageHarness.Start(resume: true), Cancellation)).Counts);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1501)]
    public async Task What_is_done_is_found_whatever_row_it_stands_in(int distance)
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync(), options => options.MaxBatchSize = 100);
        Guid run = await storage.OpenRunAsync();
        ItemKey[] keys = [.. Enumerable.Range(1, 700).Select(i => new ItemKey((long)i * distance))];
        await storage.WriteAscendingAsync(run, keys.Where(key => key.Number % 7 != 0).Select(key => key.Number % 5 == 0 ? Entries.NotFound(key) : Entries.NotFound(key) with { Attempts = 1 }));

        Dictionary<ItemKey, CommittedOutcome> done = await storage.FindDoneAsync(run, keys);

        Assert.True(await storage.QueryAsync<long>("SELECT count(*) FROM ingestion.commit_outcomes") > 0);
        Assert.Equal(keys.Where(key => key.Number % 7 != 0), done.Keys.Order());
        Assert.Empty(await storage.FindDoneAsync(Guid.NewGuid(), keys));
        Assert.Equal(600, await storage.CountAsync("outcomes"));
    }

    [Fact]
    public async Task The_greatest_and_the_least_of_keys_are_found()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        ItemKey[] keys = [long.MaxValue - 1, long.MaxValue];
        await storage.WriteAsync(await storage.OpenRunAsync("ids:1"), Entries.Failed(long.MaxValue));

        await storage.WriteAscendingAsync(run, Entries.NotFound(1) with { Attempts = 1 }, Entries.Found(long.MaxValue - 1), Entries.Found(long.MaxValue));

        Assert.Equal(2, (await storage.FindDoneAsync(run, keys)).Count);
        Assert.Empty(await storage.FindDoneAsync(run, long.MinValue, 3, 4));
        await storage.Runs.CloseAsync(run, RunStatus.Finished, Cancellation);
        Assert.Equal(0, await storage.DeadLetterIds.CountAsync(DeadLetterFilter.All, Cancellation));
    }

    [Fact]
    public async Task What_a_commit_did_resolves_what_failed_before_when_the_run_is_closed()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid failing = await storage.OpenRunAsync("ids:1-6");
        await storage.WriteAscendingAsync(failing, Enumerable.Range(1, 6).Select(id => Entries.Failed(id)));
        Guid fruitless = await storage.OpenRunAsync("ids:1-7");
        await storage.WriteAscendingAsync(fruitless, Enumerable.Range(1, 6).Select(id => Entries.NotFound(id) with { Attempts = 1 }));
        await storage.Runs.CloseAsync(fruitless, RunStatus.Finished, Cancellation);
        Assert.Equal(6, await storage.DeadLetterIds.CountAsync(DeadLetterFilter.All, Cancellation));
        Guid run = await storage.OpenRunAsync("ids:1-8");
        await storage.WriteAscendingAsync(run, Entries.Found(1), Entries.NotModified(2), Entries.NotFound(3) with { Attempts = 1 }, Entries.NotFound(4), Entries.Failed(5), Entries.Found(8));

        await storage.Runs.CloseAsync(run, RunStatus.Finished, Cancellation);

        Assert.Equal([5, 6], await storage.DeadLetterIds.ListAsync(DeadLetterFilter.All, after: null, limit: 10, Cancellation));
        Assert.Equal(4, await storage.CountAsync($"outcomes WHERE run_id = '{failing}' AND resolved_by = '{run}' AND resolved_at IS NOT NULL"));
    }

    [Fact]
    public async Task A_question_about_failures_does_not_open_the_rows_of_commits()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.OpenRunAsync();

        string plan = await storage.QueryAsync<string>("EXPLAIN (FORMAT JSON) SELECT * FROM ingestion.outcomes WHERE outcome = 'Failed'");

        Assert.Contains("item_outcomes", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("commit_outcomes", plan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_that_is_refused_fails_alone_and_the_others_share_rows()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        OutcomeEntry[] entries = Entries.FoundRange(1, 64);
        entries[20] = Entries.Found(21, raw: """{"name":"a\u0000b"}""");

        CommittedOutcome[] results = await storage.WriteAscendingAsync(run, entries);

        Assert.Equal([21], results.Index().Where(result => result.Item.Outcome is Outcome.Failed).Select(result => result.Index + 1));
        Assert.Equal((64, 64), (await storage.CountAsync("outcomes"), await storage.QueryAsync<long>("SELECT count(DISTINCT item_id) FROM ingestion.outcomes")));
        Assert.True(await storage.CountAsync("item_outcomes") < 20);
    }
}
