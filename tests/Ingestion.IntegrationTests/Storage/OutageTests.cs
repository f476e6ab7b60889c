using Ingestion.Items;
using Ingestion.Storage;
using TestSupport.Processes;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>A server of its own: these tests crash it.</summary>
public sealed class OutageTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private const string Secret = "a-secret-word";

    private const string TerminateWorker =
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'ingestion-worker' AND datname = current_database()";

    public static TheoryData<string> Endings => ["restart", "crash", "kill -9"];

    [Theory, MemberData(nameof(Endings))]
    public async Task A_server_that_goes_away_and_comes_back_mid_write_fails_nothing(string ending)
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync() + $";Password={Secret}", options => options.MaxBatchSize = 20);
        Guid run = await storage.OpenRunAsync();
        await using IOutcomeWriter writer = storage.Runs.OpenWriter(run);
        Task<CommittedOutcome>[] writes = [.. Entries.FoundRange(1, 5_000).Select(writer.WriteAsync)];
        await writes[100];

        await (ending switch { "restart" => server.StopAsync(), "crash" => server.KillAsync(), _ => server.KillAsync(Signal.Kill) });
        await storage.Log.WaitForAsync(2010);
        Assert.NotNull(storage.Health.Problem);
        Assert.DoesNotContain(Secret, storage.Health.Problem, StringComparison.Ordinal);
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
    public async Task A_question_about_items_waits_for_a_server_that_is_away()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        await storage.WriteAsync(run, Entries.Found(1, entityTag: "\"a\""), Entries.NotFound(2));
        await server.KillAsync();

        Task<KnownItem[]> finding = storage.Runs.FindKnownAsync([(1, null), (2, run)], withTags: true, TestContext.Current.CancellationToken);
        await storage.Log.WaitForAsync(2010);
        Assert.False(finding.IsCompleted);
        await server.StartAsync();

        Assert.Equal([new KnownItem(null, "\"a\""), new KnownItem(new CommittedOutcome(Outcome.NotFound, null), null)], await finding);
        Assert.Null(storage.Health.Problem);
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
    public async Task Being_told_to_give_up_cancels_what_is_queued_and_those_after_it()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        using CancellationTokenSource giveUp = new();
        await using IOutcomeWriter writer = storage.Runs.OpenWriter(run, giveUp: giveUp.Token);
        await writer.WriteAsync(Entries.Found(1));
        await server.KillAsync();
        try
        {
            Task<CommittedOutcome>[] writes = [.. new[] { 2, 3, 2, 2 }.Select(id => writer.WriteAsync(Entries.Found(id)))];
            await storage.Log.WaitForAsync(2010);

            await giveUp.CancelAsync();

            foreach (Task<CommittedOutcome> write in writes)
                Assert.Equal(giveUp.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write)).CancellationToken);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writer.WriteAsync(Entries.Found(4)));
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
