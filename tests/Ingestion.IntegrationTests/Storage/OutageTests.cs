using Ingestion.Characters;
using Ingestion.Storage;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>A server of its own: these tests crash it.</summary>
public sealed class OutageTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private const string TerminateWorker =
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'ingestion-worker' AND datname = current_database()";

    [Fact]
    public async Task A_server_that_crashes_and_restarts_mid_write_fails_nothing()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync(), options => options.MaxBatchSize = 20);
        Guid run = await storage.OpenRunAsync();
        await using IOutcomeWriter writer = storage.Runs.OpenWriter(run);
        Task<CommittedOutcome>[] writes = [.. Entries.FoundRange(1, 5_000).Select(writer.WriteAsync)];
        await writes[100];

        await server.KillAsync();
        await storage.Log.WaitForAsync(2010);
        Assert.NotNull(storage.Health.Problem);
        Assert.False(writes[^1].IsCompleted);
        await server.StartAsync();

        CommittedOutcome[] results = await Task.WhenAll(writes);
        Assert.All(results, result => Assert.Equal(Outcome.Ingested, result.Outcome));
        Assert.Equal(5_000, await storage.CountAsync("characters"));
        Assert.Equal(5_000, await storage.CountAsync("outcomes WHERE outcome = 'Ingested'"));
        Assert.Null(storage.Health.Problem);
        Assert.Equal(1, storage.Log.Count(2010));
        Assert.Equal(1, storage.Log.Count(2011));
    }

    [Fact]
    public async Task Connections_terminated_mid_batch_fail_nothing()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync(), options => options.MaxBatchSize = 50);
        Guid run = await storage.OpenRunAsync();
        await using IOutcomeWriter writer = storage.Runs.OpenWriter(run);
        Task<CommittedOutcome>[] writes = [.. Entries.FoundRange(1, 5_000).Select(writer.WriteAsync)];

        for (int round = 1; round <= 4; round++)
        {
            await writes[round * 1_000 - 1];
            await storage.ExecuteAsync(TerminateWorker);
        }

        CommittedOutcome[] results = await Task.WhenAll(writes);
        Assert.All(results, result => Assert.Equal(Outcome.Ingested, result.Outcome));
        Assert.Equal(5_000, await storage.CountAsync("outcomes WHERE outcome = 'Ingested'"));
        Assert.True(storage.Log.Count(2010) > 0);
    }

    [Fact]
    public async Task A_commit_whose_answer_is_lost_is_not_mistaken_for_unchanged()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        await storage.WriteAsync(run, Entries.FoundRange(1, 3));

        // What a repetition of a committed batch looks like to the writer: everything is there already.
        CommittedOutcome[] results = await storage.WriteAsync(run, Entries.FoundRange(1, 3));

        Assert.All(results, result => Assert.Equal(Outcome.Ingested, result.Outcome));
    }

    [Fact]
    public async Task Disposal_gives_up_what_is_queued_when_the_server_stays_away()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        IOutcomeWriter writer = storage.Runs.OpenWriter(run);
        await writer.WriteAsync(Entries.Found(1));
        await server.KillAsync();
        try
        {
            Task<CommittedOutcome> write = writer.WriteAsync(Entries.Found(2));

            await writer.DisposeAsync();

            await Assert.ThrowsAsync<ObjectDisposedException>(() => write);
            Assert.Equal(1, storage.Log.Count(2022));
            Assert.Equal(0, storage.Log.Count(2021));
        }
        finally
        {
            await server.StartAsync();
        }
    }

    [Fact]
    public async Task Closing_a_run_waits_out_an_outage()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        await storage.WriteAsync(run, Entries.Found(1), Entries.NotFound(2));
        await server.KillAsync();

        Task<OutcomeCounts> close = storage.Runs.CloseAsync(run, RunStatus.Finished, TestContext.Current.CancellationToken);
        await storage.Log.WaitForAsync(2010);
        await server.StartAsync();

        Assert.Equal(new OutcomeCounts(1, 0, 1, 0), await close);
    }

    [Fact]
    public async Task A_lease_is_taken_again_after_its_connection_was_lost()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.OpenRunAsync();
        await using IAsyncDisposable lease = await storage.Runs.LeaseSourceAsync("Ids:1-10", TestContext.Current.CancellationToken);

        await storage.ExecuteAsync(TerminateWorker);
        await storage.Log.WaitForAsync(2034);

        Assert.Equal(1, await storage.QueryAsync<long>("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"));
    }

    [Fact]
    public async Task The_start_waits_for_a_server_that_is_not_up_yet()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await server.KillAsync();

        Task ready = storage.Schema.EnsureReadyAsync(TestContext.Current.CancellationToken);
        await storage.Log.WaitForAsync(2000);
        Assert.False(ready.IsCompleted);
        await server.StartAsync();

        await ready;
        Assert.Equal(1, storage.Log.Count(2000));
    }
}
