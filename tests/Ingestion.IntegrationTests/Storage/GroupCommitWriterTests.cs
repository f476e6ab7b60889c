using System.Diagnostics.Metrics;
using Ingestion.Configuration;
using Ingestion.Items;
using Ingestion.Storage;
using Npgsql;

namespace Ingestion.IntegrationTests.Storage;

public sealed class GroupCommitWriterTests(PostgresServer server)
{
    private const string Versions = "SELECT string_agg(xmin::text || ctid::text || xmax::text, ',' ORDER BY id) FROM ingestion.characters";

    [Fact]
    public async Task A_new_character_is_ingested_with_all_its_columns()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();

        CommittedOutcome[] results = await storage.WriteAsync(run, Entries.Found(7, "Abradolf Lincler"));

        Assert.Equal([new CommittedOutcome(Outcome.Ingested, null)], results);
        Assert.Equal(
            $"7|Abradolf Lincler|Alive|Human||Male|Earth|https://example.test/location/1|Citadel|https://example.test/location/3|https://example.test/avatar/7.jpeg|{{1,2,3}}|https://example.test/character/7|t|Abradolf Lincler|32|f|t|{run}",
            await storage.QueryAsync<string>(
                """
                SELECT concat_ws('|', id, name, status, species, type, gender, origin_name, origin_url, location_name, location_url, image, episode_ids, url,
                  created = '2017-11-04T18:48:46Z', raw ->> 'name', length(content_hash), sanitized, ingested_at = changed_at, run_id) FROM ingestion.characters
                """));
    }

    [Fact]
    public async Task Every_character_gets_its_own_episodes()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();

        await storage.WriteAsync(run, Entries.FoundRange(1, 5));

        Assert.Equal("1:{1} 2:{1,2} 3:{1,2,3} 4:{} 5:{1}", await storage.QueryAsync<string>(
            "SELECT string_agg(id || ':' || episode_ids::text, ' ' ORDER BY id) FROM ingestion.characters"));
    }

    [Fact]
    public async Task Unchanged_characters_are_neither_rewritten_nor_locked()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.WriteAsync(await storage.OpenRunAsync(), Entries.FoundRange(1, 50));
        string before = await storage.QueryAsync<string>(Versions);

        CommittedOutcome[] results = await storage.WriteAsync(await storage.OpenRunAsync(), Entries.FoundRange(1, 50));

        Assert.All(results, result => Assert.Equal(Outcome.Unchanged, result.Outcome));
        Assert.Equal(before, await storage.QueryAsync<string>(Versions));
        Assert.Equal(50, await storage.CountAsync("outcomes WHERE outcome = 'Unchanged'"));
    }

    [Fact]
    public async Task Changed_content_rewrites_only_the_row_it_belongs_to()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid first = await storage.OpenRunAsync();
        await storage.WriteAsync(first, Entries.FoundRange(1, 3));
        Guid second = await storage.OpenRunAsync();

        CommittedOutcome[] results = await storage.WriteAsync(second, Entries.Found(1), Entries.Found(2, "Morty"), Entries.Found(3));

        Assert.Equal([Outcome.Unchanged, Outcome.Ingested, Outcome.Unchanged], results.Select(result => result.Outcome));
        Assert.Equal(1, await storage.CountAsync($"characters WHERE id = 2 AND name = 'Morty' AND run_id = '{second}' AND changed_at > ingested_at"));
        Assert.Equal(2, await storage.CountAsync($"characters WHERE run_id = '{first}'"));
    }

    [Fact]
    public async Task Missing_and_failed_items_leave_an_outcome_and_no_character()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();

        CommittedOutcome[] results = await storage.WriteAsync(run, Entries.Failed(2, "HTTP 500"), Entries.NotFound(1));

        Assert.Equal([new CommittedOutcome(Outcome.Failed, "HTTP 500"), new CommittedOutcome(Outcome.NotFound, null)], results);
        Assert.Equal("1 NotFound 2 -, 2 Failed 5 HTTP 500", await storage.QueryAsync<string>(
            "SELECT string_agg(concat_ws(' ', item_id, outcome, attempts, coalesce(error, '-')), ', ' ORDER BY item_id) FROM ingestion.outcomes"));
        Assert.Equal(0, await storage.CountAsync("characters"));
    }

    [Fact]
    public async Task Duplicates_get_the_outcome_of_the_first_and_the_row_has_the_content_of_the_last()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();

        CommittedOutcome[] results = await storage.WriteAsync(run, [.. Entries.FoundRange(1, 20), Entries.Found(20, "another"), Entries.NotFound(20), Entries.Found(1)]);

        Assert.All(results, result => Assert.Equal(Outcome.Ingested, result.Outcome));
        Assert.Equal(20, await storage.CountAsync("outcomes"));
        Assert.Equal(1, await storage.CountAsync("characters WHERE id = 20 AND name = 'another'"));
    }

    [Fact]
    public async Task An_outcome_that_is_stored_is_kept_and_returned()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        await storage.WriteAsync(run, Entries.Failed(1, "first"), Entries.Found(2));

        CommittedOutcome[] results = await storage.WriteAsync(run, Entries.NotFound(1), Entries.Found(2), Entries.Found(3));

        Assert.Equal([new CommittedOutcome(Outcome.Failed, "first"), new CommittedOutcome(Outcome.Ingested, null), new CommittedOutcome(Outcome.Ingested, null)], results);
        Assert.Equal(3, await storage.CountAsync("outcomes"));
    }

    [Fact]
    public async Task A_commit_completes_only_after_its_rows_are_visible()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        // The check of this constraint waits for the lock at the very end of the transaction, after the statement has returned its rows.
        await storage.ExecuteAsync(
            """
            CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NULL; END';
            CREATE CONSTRAINT TRIGGER late AFTER INSERT ON ingestion.item_outcomes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait();
            """);
        await using NpgsqlConnection holder = await storage.ConnectAsync();
        await using (var command = new NpgsqlCommand("SELECT pg_advisory_lock(4711)", holder))
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        await using IOutcomeWriter writer = storage.Runs.OpenWriter(run);
        Task<CommittedOutcome> write = writer.WriteAsync(Entries.Found(1));
        while (await storage.QueryAsync<long>("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == 0)
            Assert.False(write.IsCompleted);

        Assert.False(write.IsCompleted);
        await using (var command = new NpgsqlCommand("SELECT pg_advisory_unlock(4711)", holder))
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await write;
        Assert.Equal(1, await storage.CountAsync("outcomes"));
    }

    [Fact]
    public async Task A_waiter_is_never_continued_on_the_loop_of_the_writer()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        await using IOutcomeWriter writer = storage.Runs.OpenWriter(run);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        // A continuation that blocks until a later commit would stop the writer for good if it ran on its loop.
        Task blocking = writer.WriteAsync(Entries.Found(1)).ContinueWith(_ => release.Task.Wait(TestContext.Current.CancellationToken), TaskContinuationOptions.ExecuteSynchronously);
        await writer.WriteAsync(Entries.Found(2));
        await writer.WriteAsync(Entries.Found(3));

        release.SetResult();
        await blocking;
    }

    [Fact]
    public async Task Disposing_commits_what_is_queued_and_later_entries_fail()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync(), options => options.MaxBatchSize = 7);
        Guid run = await storage.OpenRunAsync();
        IOutcomeWriter writer = storage.Runs.OpenWriter(run);
        Task<CommittedOutcome>[] writes = [.. Entries.FoundRange(1, 100).Select(writer.WriteAsync)];

        await writer.DisposeAsync();

        Assert.All(writes, write => Assert.True(write.IsCompletedSuccessfully));
        Assert.Equal(100, await storage.CountAsync("characters"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => writer.WriteAsync(Entries.Found(101)));
        await writer.DisposeAsync();
    }

    [Fact]
    public async Task Batches_respect_their_bound_and_are_measured()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync(), options => options.MaxBatchSize = 10);
        Guid run = await storage.OpenRunAsync();
        var sizes = new List<long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "ingestion.batch.size" && instrument.Meter.Scope == storage.Meters)
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, size, _, _) => sizes.Add(size));
        listener.Start();

        await storage.WriteAsync(run, Entries.FoundRange(1, 95));

        Assert.Equal(95, sizes.Sum());
        Assert.InRange(sizes.Max(), 2, 10);
    }

    [Fact]
    public async Task A_table_that_is_gone_fails_all_entries_and_says_so()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        await storage.ExecuteAsync("DROP TABLE ingestion.item_outcomes CASCADE");
        await using IOutcomeWriter writer = storage.Runs.OpenWriter(run);

        IngestionConfigurationException failure = await Assert.ThrowsAsync<IngestionConfigurationException>(() => writer.WriteAsync(Entries.Found(1)));

        Assert.Contains("ingestion.item_outcomes", failure.Message, StringComparison.Ordinal);
        Assert.Same(failure, await Assert.ThrowsAsync<IngestionConfigurationException>(() => writer.WriteAsync(Entries.Found(2))));
        Assert.Equal(0, await storage.CountAsync("characters"));
        Assert.NotNull(storage.Health.Problem);
    }
}
