using Ingestion.Items;
using Ingestion.Storage;
using Npgsql;
using TestSupport.Faults;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>The network between the writer and its server: answers that never arrive, and a way that leads nowhere.</summary>
public sealed class LostAnswerTests(PostgresServer server)
{
    private const string Versions = "SELECT string_agg(xmin::text || ctid::text, ',' ORDER BY item_id) FROM ingestion.item_outcomes WHERE item_id <= 2";

    [Fact]
    public async Task A_commit_whose_answer_is_lost_is_found_and_not_made_twice()
    {
        (TcpProxy way, StorageHarness storage) = await ConnectThroughProxyAsync();
        await using var _ = way;
        await using var __ = storage;
        Guid run = await storage.OpenRunAsync();
        await using IOutcomeWriter writer = storage.Runs.OpenWriter(run);
        await writer.WriteAsync(Entries.Found(1));

        way.DropsAnswers = true;
        Task<CommittedOutcome>[] writes = [writer.WriteAsync(Entries.Found(2)), .. Entries.FoundRange(3, 50).Select(writer.WriteAsync), writer.WriteAsync(Entries.NotFound(99))];
        await storage.WaitUntilAsync("EXISTS (SELECT FROM ingestion.outcomes WHERE item_id = 2)");
        string committed = await storage.QueryAsync<string>(Versions);
        Assert.All(writes, write => Assert.False(write.IsCompleted));
        way.DropsAnswers = false;
        way.Cut();

        CommittedOutcome[] results = await Task.WhenAll(writes);
        Assert.All(results[..^1], result => Assert.Equal(Outcome.Ingested, result.Outcome));
        Assert.Equal(Outcome.NotFound, results[^1].Outcome);
        Assert.Equal(committed, await storage.QueryAsync<string>(Versions));
        Assert.Equal(53, await storage.CountAsync("outcomes"));
        Assert.Null(storage.Health.Problem);
    }

    [Fact]
    public async Task A_run_whose_opening_was_not_answered_is_opened_once()
    {
        (TcpProxy way, StorageHarness storage) = await ConnectThroughProxyAsync();
        await using var _ = way;
        await using var __ = storage;
        await storage.Schema.EnsureReadyAsync(TestContext.Current.CancellationToken);

        way.DropsAnswers = true;
        Task<OpenedRun> opening = storage.Runs.OpenAsync(StorageHarness.Start(), TestContext.Current.CancellationToken);
        await storage.WaitUntilAsync("EXISTS (SELECT FROM ingestion.runs)");
        way.DropsAnswers = false;
        way.Cut();

        OpenedRun opened = await opening;
        Assert.False(opened.IsResumed);
        Assert.Equal(1, await storage.CountAsync($"runs WHERE id = '{opened.Id}' AND status = 'running'"));
        Assert.Equal(1, await storage.CountAsync("runs"));
    }

    [Fact]
    public async Task A_network_that_carries_nothing_is_an_outage_like_any_other()
    {
        (TcpProxy way, StorageHarness storage) = await ConnectThroughProxyAsync("Command Timeout=1;Cancellation Timeout=500;Timeout=1");
        await using var _ = way;
        await using var __ = storage;
        Guid run = await storage.OpenRunAsync();
        await using IOutcomeWriter writer = storage.Runs.OpenWriter(run);
        await writer.WriteAsync(Entries.Found(1));

        way.Freeze();
        Task<CommittedOutcome>[] writes = [.. Entries.FoundRange(2, 20).Select(writer.WriteAsync)];
        await storage.Log.WaitForAsync(2010);
        Assert.NotNull(storage.Health.Problem);
        way.Thaw();

        Assert.All(await Task.WhenAll(writes), result => Assert.Equal(Outcome.Ingested, result.Outcome));
        Assert.Null(storage.Health.Problem);
        Assert.Equal(0, storage.Log.Count(2023));
    }

    [Fact]
    public async Task Nothing_hangs_at_the_end_when_the_network_carries_nothing()
    {
        (TcpProxy way, StorageHarness storage) = await ConnectThroughProxyAsync();
        await using var _ = way;
        await using var __ = storage;
        Guid run = await storage.OpenRunAsync();
        ISourceLease lease = await storage.Runs.LeaseSourceAsync("ids:1-10", TestContext.Current.CancellationToken);
        IOutcomeWriter writer = storage.Runs.OpenWriter(run);
        await writer.WriteAsync(Entries.Found(1));

        way.Freeze();
        Task<CommittedOutcome> write = writer.WriteAsync(Entries.Found(2));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        Task closingRun = storage.Runs.CloseAsync(run, RunStatus.Stopped, patience.Token);

        await Task.WhenAll(writer.DisposeAsync().AsTask(), lease.DisposeAsync().AsTask()).WaitAsync(TimeSpan.FromSeconds(8), TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => closingRun.WaitAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => write);
    }

    private async Task<(TcpProxy Way, StorageHarness Storage)> ConnectThroughProxyAsync(string settings = "")
    {
        string direct = await server.CreateDatabaseAsync();
        var target = new NpgsqlConnectionStringBuilder(direct);
        var way = new TcpProxy(target.Port);
        target.Host = "127.0.0.1";
        target.Port = way.Port;
        return (way, new StorageHarness($"{target.ConnectionString};{settings}", observerConnectionString: direct));
    }
}
