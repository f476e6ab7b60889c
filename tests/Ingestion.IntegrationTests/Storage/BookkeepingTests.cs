using Ingestion.Items;
using Ingestion.Storage;
using Npgsql;
using TestSupport.Postgres;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>What grows with the number of outcomes has no time limit but its own, and changes nothing for others.</summary>
public sealed class BookkeepingTests(PostgresServer server)
{
    private const int Outcomes = 300_000;
    private const string Limit = "250ms";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_user_with_a_short_statement_timeout_can_read_and_close_a_long_run()
    {
        string owner = await server.CreateDatabaseAsync();
        string user = "user_" + Guid.NewGuid().ToString("N");
        await using var storage = new StorageHarness(new NpgsqlConnectionStringBuilder(owner) { Username = user }.ConnectionString, observerConnectionString: owner);
        await storage.ExecuteAsync($"CREATE ROLE {user} LOGIN; CREATE SCHEMA ingestion AUTHORIZATION {user}");
        Guid run = await storage.OpenRunAsync();
        await storage.ExecuteAsync(
            $"""
            INSERT INTO ingestion.item_outcomes (run_id, item_id, outcome, attempts, error, finished_at)
            SELECT '{run}', id, CASE WHEN id % 3 = 0 THEN 'Failed' ELSE 'Ingested' END, 1, CASE WHEN id % 3 = 0 THEN 'HTTP 500' END, now() FROM generate_series(1, {Outcomes}) AS id;
            ALTER ROLE {user} SET statement_timeout = '{Limit}'
            """);
        await using var limited = new StorageHarness(new NpgsqlConnectionStringBuilder(owner) { Username = user, CommandTimeout = 1, ApplicationName = "limited" }.ConnectionString);
        Assert.Equal(Limit, await limited.QueryAsync<string>("SELECT current_setting('statement_timeout')"));

        Assert.Equal(Outcomes / 3, (await limited.DeadLetters.SummarizeAsync(DeadLetterFilter.All, Cancellation)).Count);
        Assert.Equal(Outcomes / 3, await limited.DeadLetters.CountAsync(DeadLetterFilter.All, Cancellation));
        Assert.Equal(5, (await limited.DeadLetterIds.ListAsync(DeadLetterFilter.All, after: null, limit: 5, Cancellation)).Count);
        Assert.Equal(Outcomes, Assert.Single(await limited.History.ListAsync(1, run, Cancellation)).Counts.Total);
        OpenedRun resumed = await limited.Runs.OpenAsync(StorageHarness.Start(resume: true), Cancellation);
        OutcomeCounts counts = await limited.Runs.CloseAsync(run, RunStatus.Finished, Cancellation);

        Assert.Equal((run, Outcomes, Outcomes), (resumed.Id, resumed.Counts.Total, counts.Total));
        Assert.Equal(0, limited.Log.Count(2010));
    }

    [Fact]
    public async Task Taking_up_a_run_through_a_pooler_leaves_no_setting_behind()
    {
        Assert.SkipWhen(PgBouncer.Missing is not null, PgBouncer.Missing ?? "");
        await using PgBouncer pooler = await PgBouncer.StartAsync(server, poolSize: 1);
        string database = await server.CreateDatabaseAsync();
        await using var storage = new StorageHarness(pooler.Through(database), options => options.TransactionPooling = true, observerConnectionString: pooler.Through(database) + ";No Reset On Close=true");
        Guid run = await storage.OpenRunAsync();
        await storage.WriteAsync(run, Entries.FoundRange(1, 10));

        Assert.Equal(10, (await storage.Runs.OpenAsync(StorageHarness.Start(resume: true), Cancellation)).Counts.Total);
        Assert.Equal(10, (await storage.FindDoneAsync(run, Enumerable.Range(1, 20).Select(id => new ItemKey(id)))).Count);
        await storage.Runs.CloseAsync(run, RunStatus.Finished, Cancellation);

        Assert.Null(await storage.QueryAsync<object?>("SELECT nullif(string_agg(name, ', '), '') FROM pg_settings WHERE source = 'session' AND name ~ '^enable_|_timeout$|^jit$|^plan_cache_mode$'") is DBNull ? null : "left behind");
    }
}
