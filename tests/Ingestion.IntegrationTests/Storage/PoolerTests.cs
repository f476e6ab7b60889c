using Ingestion.Items;
using Ingestion.Storage;
using Npgsql;
using TestSupport.Postgres;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>PgBouncer in transaction mode between the workers and the server.</summary>
public sealed class PoolerTests(PostgresServer server)
{
    private const string Source = "ids:1-10";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Writers_that_share_the_connections_of_a_pooler_store_everything()
    {
        await using PgBouncer pooler = await StartAsync(poolSize: 2);
        string database = await server.CreateDatabaseAsync();
        await using StorageHarness storage = Through(pooler, database);
        Guid[] runs = await Task.WhenAll(Enumerable.Range(0, 6).Select(writer => storage.OpenRunAsync($"ids:{writer}")));

        CommittedOutcome[][] results = await Task.WhenAll(Enumerable.Range(0, 6).Select(async writer =>
        {
            var answers = new List<CommittedOutcome>();
            for (int batch = 0; batch < 10; batch++)
                answers.AddRange(await storage.WriteAsync(runs[writer], Entries.FoundRange((writer * 1000) + (batch * 20) + 1, 20)));
            return answers.ToArray();
        }));

        Assert.All(results.SelectMany(answers => answers), answer => Assert.Equal(Outcome.Ingested, answer.Outcome));
        Assert.All(runs, run => Assert.Equal(200, storage.Runs.CloseAsync(run, RunStatus.Finished, Cancellation).Result.Ingested));
        Assert.Equal(1200, await storage.CountAsync("characters"));
        Assert.DoesNotContain(storage.Log.Messages, message => message.Message.Contains("cannot be used", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Processes_migrate_at_the_same_time_through_a_pooler()
    {
        await using PgBouncer pooler = await StartAsync(poolSize: 3);
        string database = await server.CreateDatabaseAsync();
        StorageHarness[] processes = [.. Enumerable.Range(0, 4).Select(_ => Through(pooler, database))];

        await Task.WhenAll(processes.Select(process => process.Schema.MigrateAsync(mayRewrite: false, Cancellation)));

        Assert.Empty(await processes[0].Schema.MigrateAsync(mayRewrite: false, Cancellation));
        foreach (StorageHarness process in processes)
            await process.DisposeAsync();
    }

    [Fact]
    public async Task A_lease_through_a_pooler_keeps_others_out_until_it_is_given_back()
    {
        await using PgBouncer pooler = await StartAsync(poolSize: 4);
        string database = await server.CreateDatabaseAsync();
        await using StorageHarness first = Through(pooler, database);
        await using StorageHarness second = Through(pooler, database);
        ISourceLease lease = await first.Runs.LeaseSourceAsync(Source, Cancellation);

        Task<ISourceLease> waiting = second.Runs.LeaseSourceAsync(Source, Cancellation);
        await second.Log.WaitForAsync(2030);
        Assert.False(waiting.IsCompleted);
        await lease.DisposeAsync();

        await (await waiting).DisposeAsync();
    }

    [Fact]
    public async Task A_lease_through_a_pooler_is_taken_again_when_its_connection_was_lost()
    {
        await using PgBouncer pooler = await StartAsync(poolSize: 4);
        await using StorageHarness storage = Through(pooler, await server.CreateDatabaseAsync());
        await using ISourceLease lease = await storage.Runs.LeaseSourceAsync(Source, Cancellation);

        await storage.ExecuteAsync(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())");
        await storage.Log.WaitForAsync(2034);

        Assert.False(lease.Lost.IsCancellationRequested);
    }

    [Theory]
    [InlineData(1, "", false)]
    [InlineData(22, "", true)]
    [InlineData(1, "ALTER ROLE few CONNECTION LIMIT 5", true)]
    public async Task More_connections_than_the_server_grants_are_a_warning_at_start(int workers, string limit, bool isWarned)
    {
        string database = await server.CreateDatabaseAsync();
        string role = "few";
        await using var storage = new StorageHarness(database, options => options.Workers = workers);
        await storage.Schema.MigrateAsync(mayRewrite: false, Cancellation);
        string own = role + Guid.NewGuid().ToString("N");
        await storage.ExecuteAsync($"CREATE ROLE {own} LOGIN IN ROLE pg_write_all_data, pg_read_all_data; GRANT USAGE ON SCHEMA ingestion TO {own}");
        if (limit.Length > 0)
            await storage.ExecuteAsync(limit.Replace(role, own, StringComparison.Ordinal));
        await using var worker = new StorageHarness(
            new NpgsqlConnectionStringBuilder(database) { Username = own }.ConnectionString, options => options.Workers = workers, observerConnectionString: database);

        await worker.Schema.EnsureReadyAsync(Cancellation);

        Assert.Equal(isWarned ? 1 : 0, worker.Log.Count(2002));
        if (isWarned)
            Assert.Contains($"{workers} workers may open {workers * 9} connections", worker.Log.Messages.Single(message => message.EventId == 2002).Message, StringComparison.Ordinal);
    }

    private async Task<PgBouncer> StartAsync(int poolSize)
    {
        Assert.SkipWhen(PgBouncer.Missing is not null, PgBouncer.Missing ?? "");
        return await PgBouncer.StartAsync(server, poolSize);
    }

    private static StorageHarness Through(PgBouncer pooler, string database) =>
        new(pooler.Through(database), options => options.TransactionPooling = true, observerConnectionString: database);
}
