using Ingestion.Configuration;
using Ingestion.Storage;
using Npgsql;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>History is removed when it is old, and nothing else is.</summary>
public sealed class RetentionTests(PostgresServer server)
{
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(RunStatus.Finished)]
    [InlineData(RunStatus.Abandoned)]
    public async Task What_ended_long_ago_goes_with_its_outcomes_and_the_records_stay(RunStatus status)
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await RunAsync(storage, status, daysAgo: 31, Entries.Found(1), Entries.Found(2), Entries.NotFound(3));
        Guid young = await RunAsync(storage, RunStatus.Finished, daysAgo: 29, Entries.Found(1), Entries.Found(4));

        History found = await storage.Retention.FindAsync(Month, Cancellation);
        History gone = await storage.Retention.PruneAsync(Month, patience: null, Cancellation);

        Assert.Equal(new History(1, 3, 0), found);
        Assert.Equal(found, gone);
        Assert.Equal(1, await storage.CountAsync($"runs WHERE id = '{young}'"));
        Assert.Equal((1, 2), (await storage.CountAsync("runs"), await storage.CountAsync("outcomes")));
        Assert.Equal(3, await storage.CountAsync("characters"));
        Assert.Equal(default, await storage.Retention.PruneAsync(Month, patience: null, Cancellation));
    }

    [Theory]
    [InlineData("running")]
    [InlineData("stopped")]
    public async Task A_run_that_may_go_on_stays_however_old_it_is(string status)
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await RunAsync(storage, RunStatus.Finished, daysAgo: 400, Entries.Found(1));
        await storage.ExecuteAsync($"UPDATE ingestion.runs SET status = '{status}'");

        Assert.Equal(default, await storage.Retention.PruneAsync(Month, patience: null, Cancellation));
        Assert.Equal((1, 1), (await storage.CountAsync("runs"), await storage.CountAsync("outcomes")));
    }

    [Fact]
    public async Task An_unresolved_failure_stays_with_its_run_until_it_is_resolved()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await RunAsync(storage, RunStatus.Finished, daysAgo: 400, Entries.Found(1), Entries.Failed(2), Entries.Failed(3));
        await storage.ExecuteAsync("UPDATE ingestion.item_outcomes SET resolved_at = now() WHERE item_id = 3");

        Assert.Equal(new History(0, 2, 1), await storage.Retention.FindAsync(Month, Cancellation));
        Assert.Equal(new History(0, 2, 0), await storage.Retention.PruneAsync(Month, patience: null, Cancellation));
        Assert.Equal((1, 1), (await storage.CountAsync("runs"), await storage.CountAsync("outcomes WHERE item_id = 2 AND outcome = 'Failed'")));
        Assert.Equal(default, await storage.Retention.PruneAsync(Month, patience: null, Cancellation));

        await storage.ExecuteAsync("UPDATE ingestion.item_outcomes SET resolved_at = now()");
        Assert.Equal(new History(1, 1, 0), await storage.Retention.PruneAsync(Month, patience: null, Cancellation));
        Assert.Equal(0, await storage.CountAsync("runs"));
    }

    [Fact]
    public async Task A_job_that_is_done_or_that_nobody_has_worked_on_for_as_long_goes_too()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.Schema.EnsureReadyAsync(Cancellation);
        await storage.ExecuteAsync(
            """
            INSERT INTO ingestion.runs (id, source, strategy, degree_of_parallelism, requested, status, started_at)
            SELECT md5(name)::uuid, 'job:rabbitmq:q', 'Async', 1, requested, 'running', now() - interval '40 days'
            FROM (VALUES ('done long ago', 2), ('done just now', 2), ('idle', 9), ('of an unknown number', NULL), ('worked on', 9)) AS job (name, requested);
            INSERT INTO ingestion.item_outcomes (run_id, item_id, outcome, attempts, finished_at)
            SELECT md5(name)::uuid, item, 'Ingested', 1, now() - days * interval '1 day'
            FROM (VALUES ('done long ago', 35), ('done just now', 1), ('idle', 31), ('of an unknown number', 31), ('worked on', 29)) AS job (name, days), generate_series(1, 2) AS item;
            """);

        await storage.Retention.PruneAsync(Month, patience: null, Cancellation);
        History gone = await storage.Retention.PruneAsync(Month, patience: null, Cancellation);

        Assert.Equal(new History(3, 6, 0), gone);
        Assert.Equal(2, await storage.CountAsync("runs"));
        Assert.Equal(1, await storage.CountAsync("runs WHERE id = md5('done just now')::uuid AND status = 'finished' AND ingested = 2"));
        Assert.Equal(1, await storage.CountAsync("runs WHERE id = md5('worked on')::uuid AND status = 'running'"));
    }

    [Fact]
    public async Task More_than_fits_into_a_transaction_goes_in_several_and_what_is_left_goes_the_next_time()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.Schema.EnsureReadyAsync(Cancellation);
        await storage.ExecuteAsync(
            """
            INSERT INTO ingestion.runs (id, source, strategy, degree_of_parallelism, status, started_at, finished_at)
            SELECT gen_random_uuid(), 'ids:1-9', 'Async', 1, 'finished', now() - interval '40 days', now() - interval '40 days' - n * interval '1 second' FROM generate_series(1, 250) AS n;
            INSERT INTO ingestion.item_outcomes (run_id, item_id, outcome, attempts, error, finished_at)
            SELECT id, item, CASE WHEN item = 1 THEN 'Failed' ELSE 'Unchanged' END, 2, CASE WHEN item = 1 THEN 'x' END, finished_at FROM ingestion.runs, generate_series(1, 50) AS item;
            INSERT INTO ingestion.commit_outcomes (run_id, first_item, finished_at, unchanged)
            SELECT id, first, finished_at, ARRAY[first, first + 1] FROM ingestion.runs, generate_series(100, 180, 2) AS first;
            """);

        History first = await storage.Retention.PruneAsync(Month, patience: TimeSpan.Zero, Cancellation);
        History rest = await storage.Retention.PruneAsync(Month, patience: null, Cancellation);

        Assert.InRange(first.Outcomes, 1, 10_000);
        Assert.Equal(250 * (49 + (2 * 41)), first.Outcomes + rest.Outcomes);
        Assert.Equal((250, 250), (await storage.CountAsync("runs"), await storage.CountAsync("outcomes")));
    }

    [Fact]
    public async Task Whoever_may_only_read_cannot_remove_anything_by_the_function()
    {
        string owner = await server.CreateDatabaseAsync();
        await using var storage = new StorageHarness(owner);
        await RunAsync(storage, RunStatus.Finished, daysAgo: 400, Entries.Found(1));
        string reader = "reader_" + Guid.NewGuid().ToString("N");
        await storage.ExecuteAsync($"CREATE ROLE {reader} LOGIN; GRANT USAGE ON SCHEMA ingestion TO {reader}; GRANT SELECT ON ALL TABLES IN SCHEMA ingestion TO {reader}");
        await using var reading = new StorageHarness(new NpgsqlConnectionStringBuilder(owner) { Username = reader }.ConnectionString);

        var refused = await Assert.ThrowsAsync<IngestionConfigurationException>(() => reading.Retention.PruneAsync(Month, patience: null, Cancellation));

        Assert.Contains("only who may update the runs may remove them", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, await storage.CountAsync("runs"));
    }

    [Fact]
    public async Task It_works_in_another_schema_with_text_keys()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync(), options => options.Schema = "other", resource: Resources.With(("Resource:Name", "things"), ("Resource:IdType", "Text"), ("Resource:Path", "things/{id}")));
        Guid run = await storage.OpenRunAsync();
        await storage.WriteAsync(run, Entries.Found("a"), Entries.NotFound("b"));
        await storage.Runs.CloseAsync(run, RunStatus.Finished, Cancellation);
        await storage.ExecuteAsync("UPDATE other.runs SET finished_at = now() - interval '1 year'");

        Assert.Equal(new History(1, 2, 0), await storage.Retention.PruneAsync(Month, patience: null, Cancellation));
    }

    private static async Task<Guid> RunAsync(StorageHarness storage, RunStatus status, int daysAgo, params OutcomeEntry[] entries)
    {
        Guid run = await storage.OpenRunAsync();
        await storage.WriteAsync(run, entries);
        await storage.Runs.CloseAsync(run, RunStatus.Finished, Cancellation);
        await storage.ExecuteAsync($"UPDATE ingestion.runs SET status = '{status.ToString().ToLowerInvariant()}', finished_at = now() - interval '{daysAgo} days' WHERE id = '{run}'");
        return run;
    }
}
