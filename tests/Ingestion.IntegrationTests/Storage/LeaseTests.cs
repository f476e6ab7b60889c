using Ingestion.Storage;
using Npgsql;

namespace Ingestion.IntegrationTests.Storage;

public sealed class LeaseTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private const string Source = "ids:1-10";
    private const string Holders = "FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lease_whose_connection_was_lost_is_taken_again()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await using ISourceLease lease = await storage.Runs.LeaseSourceAsync(Source, Cancellation);

        await storage.ExecuteAsync("SELECT pg_terminate_backend(pid) " + Holders);
        await storage.Log.WaitForAsync(2034);

        Assert.False(lease.Lost.IsCancellationRequested);
        Assert.Equal(1, await storage.QueryAsync<long>("SELECT count(*) " + Holders));
    }

    [Fact]
    public async Task A_lease_survives_a_restart_of_the_server()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await using ISourceLease lease = await storage.Runs.LeaseSourceAsync(Source, Cancellation);

        await server.StopAsync();
        await storage.Log.WaitForAsync(2010);
        Assert.NotNull(storage.Health.Problem);
        await server.StartAsync();
        await storage.Log.WaitForAsync(2034);

        Assert.False(lease.Lost.IsCancellationRequested);
        Assert.Null(storage.Health.Problem);
    }

    [Fact]
    public async Task A_lease_that_another_process_takes_meanwhile_is_lost()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await using ISourceLease lease = await storage.Runs.LeaseSourceAsync(Source, Cancellation);
        await using NpgsqlConnection other = await storage.ConnectAsync();
        Task<int> taking = ExecuteAsync(other, $"SELECT pg_advisory_lock(hashtextextended('ingestion:source:{Source}', 0))");
        await storage.WaitUntilAsync("EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)");

        var lost = new TaskCompletionSource();
        await using CancellationTokenRegistration registration = lease.Lost.Register(lost.SetResult);
        await storage.ExecuteAsync("SELECT pg_terminate_backend(pid) " + Holders);
        await taking;
        await lost.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);

        Assert.Equal(1, storage.Log.Count(2033));
        Task<ISourceLease> again = storage.Runs.LeaseSourceAsync(Source, Cancellation);
        await storage.Log.WaitForAsync(2030);
        Assert.False(again.IsCompleted);
        await ExecuteAsync(other, "SELECT pg_advisory_unlock_all()");
        await (await again).DisposeAsync();
    }

    [Fact]
    public async Task A_lease_that_is_given_back_leaves_no_lock_and_no_connection()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        ISourceLease lease = await storage.Runs.LeaseSourceAsync(Source, Cancellation);

        await lease.DisposeAsync();

        await storage.WaitUntilAsync("NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'ingestion-worker' AND datname = current_database())");
    }

    [Fact]
    public async Task An_interrupted_run_is_taken_up_again_even_if_another_process_finished_it()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        await storage.WriteAsync(run, Entries.Found(1), Entries.NotFound(2));
        await storage.Runs.CloseAsync(run, RunStatus.Finished, Cancellation);

        OpenedRun opened = await storage.Runs.OpenAsync(StorageHarness.Start(resume: true) with { Interrupted = run }, Cancellation);

        Assert.Equal((run, true, 2), (opened.Id, opened.IsResumed, opened.Counts.Total));
        Assert.Equal("running", await storage.QueryAsync<string>("SELECT status FROM ingestion.runs"));
    }

    [Fact]
    public async Task An_interrupted_run_that_somebody_abandoned_stays_abandoned()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        Guid afresh = (await storage.Runs.OpenAsync(StorageHarness.Start(), Cancellation)).Id;

        OpenedRun opened = await storage.Runs.OpenAsync(StorageHarness.Start(resume: true) with { Interrupted = run }, Cancellation);

        Assert.Equal(afresh, opened.Id);
        Assert.Equal(1, await storage.CountAsync($"runs WHERE id = '{run}' AND status = 'abandoned'"));
    }

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync(Cancellation);
    }
}
