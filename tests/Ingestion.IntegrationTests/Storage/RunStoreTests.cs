using Ingestion.Items;
using Ingestion.Storage;

namespace Ingestion.IntegrationTests.Storage;

public sealed class RunStoreTests(PostgresServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_run_is_empty_and_has_a_UUID_of_version_7()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.Schema.EnsureReadyAsync(Cancellation);

        OpenedRun run = await storage.Runs.OpenAsync(StorageHarness.Start(resume: true), Cancellation);

        Assert.Equal(7, run.Id.Version);
        Assert.False(run.IsResumed);
        Assert.Equal(default, run.Counts);
    }

    [Theory]
    [InlineData(RunStatus.Running)]
    [InlineData(RunStatus.Stopped)]
    public async Task An_unfinished_run_is_resumed_with_what_it_has_done(RunStatus status)
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        await storage.WriteAsync(run, Entries.Found(1), Entries.Found(2), Entries.NotFound(70_000), Entries.Failed(4));
        if (status != RunStatus.Running)
            await storage.Runs.CloseAsync(run, status, Cancellation);

        OpenedRun resumed = await storage.Runs.OpenAsync(StorageHarness.Start(resume: true), Cancellation);

        Assert.Equal(run, resumed.Id);
        Assert.True(resumed.IsResumed);
        Assert.Equal(new OutcomeCounts(2, 0, 1, 1), resumed.Counts);
        Dictionary<ItemKey, CommittedOutcome> done = await storage.FindDoneAsync(run, 1, 2, 3, 4, 70_000);
        Assert.Equal([1, 2, 4, 70_000], done.Keys.Select(key => key.Number));
        Assert.Equal((Outcome.NotFound, Outcome.Failed), (done[70_000].Outcome, done[4].Outcome));
        Assert.Equal(1, await storage.CountAsync("runs WHERE status = 'running' AND finished_at IS NULL"));
    }

    [Fact]
    public async Task A_finished_run_and_a_run_over_another_source_are_not_resumed()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid finished = await storage.OpenRunAsync();
        await storage.Runs.CloseAsync(finished, RunStatus.Finished, Cancellation);
        await storage.Runs.OpenAsync(StorageHarness.Start("Catalog"), Cancellation);

        OpenedRun run = await storage.Runs.OpenAsync(StorageHarness.Start(resume: true), Cancellation);

        Assert.False(run.IsResumed);
        Assert.Equal("finished,running,running", await storage.QueryAsync<string>("SELECT string_agg(status, ',' ORDER BY started_at) FROM ingestion.runs"));
    }

    [Fact]
    public async Task Without_resume_an_unfinished_run_is_abandoned()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.OpenRunAsync();

        OpenedRun run = await storage.Runs.OpenAsync(StorageHarness.Start(resume: false), Cancellation);

        Assert.False(run.IsResumed);
        Assert.Contains("a new run was asked for", Assert.Single(storage.Log.Texts(1005)), StringComparison.Ordinal);
        Assert.Equal("abandoned,running", await storage.QueryAsync<string>("SELECT string_agg(status, ',' ORDER BY started_at) FROM ingestion.runs"));
    }

    [Theory]
    [InlineData("http://api.example/v1/")]
    [InlineData("https://api.example/v2/")]
    [InlineData("https://api.example:8443/v1/")]
    public async Task A_run_over_another_upstream_is_abandoned_and_the_log_says_why(string upstream)
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid old = await storage.OpenRunAsync();
        await storage.WriteAsync(old, Entries.Found(1), Entries.Failed(2));
        await storage.Runs.CloseAsync(old, RunStatus.Stopped, Cancellation);

        OpenedRun run = await storage.Runs.OpenAsync(StorageHarness.Start(resume: true, upstream: upstream), Cancellation);

        Assert.Equal((false, 0), (run.IsResumed, run.Counts.Total));
        Assert.Equal(
            $"The unfinished run {old} over ids:1-10 is abandoned: its upstream was {StorageHarness.Api}, and now it is {upstream}. What it stored stays; run {run.Id} starts from the beginning",
            Assert.Single(storage.Log.Texts(1005)));
        Assert.Equal(
            [(run.Id, RunStatus.Running, upstream, default), (old, RunStatus.Abandoned, StorageHarness.Api, new OutcomeCounts(1, 0, 0, 1))],
            (await storage.History.ListAsync(10, run: null, Cancellation)).Select(known => (known.Id, known.Status, known.Upstream!, known.Counts)));

        // Nor is it taken up by whoever goes back to its upstream.
        OpenedRun back = await storage.Runs.OpenAsync(StorageHarness.Start(resume: true), Cancellation);
        Assert.False(back.IsResumed);
        Assert.Equal(2, storage.Log.Count(1005));
    }

    [Theory]
    [InlineData("stopped", 6, true)]
    [InlineData("stopped", 8, false)]
    [InlineData("running", 6, true)]
    [InlineData("running", 8, false)]
    public async Task A_run_is_resumed_only_when_it_was_at_work_not_too_long_ago(string status, int daysIdle, bool isResumed)
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid old = await storage.OpenRunAsync();
        await storage.WriteAsync(old, Entries.Found(1), Entries.Found(2));
        await storage.ExecuteAsync(
            $"""
            UPDATE ingestion.runs SET started_at = now() - interval '300 days', status = '{status}', finished_at = CASE '{status}' WHEN 'stopped' THEN now() - interval '{daysIdle} days' END;
            UPDATE ingestion.item_outcomes SET finished_at = now() - interval '{daysIdle} days' - item_id * interval '9 days' + interval '9 days'
            """);

        OpenedRun run = await storage.Runs.OpenAsync(StorageHarness.Start(resume: true) with { ResumeWithin = TimeSpan.FromDays(7) }, Cancellation);

        Assert.Equal((isResumed, isResumed ? old : run.Id, isResumed ? 2 : 0), (run.IsResumed, run.Id, run.Counts.Total));
        Assert.Equal(isResumed ? 0 : 1, storage.Log.Texts(1005).Count(text => text.Contains("idle for longer than Ingestion:ResumeWithin (7.00:00:00)", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_run_that_has_just_begun_is_resumed_although_nothing_is_stored_yet()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid old = await storage.OpenRunAsync();

        OpenedRun run = await storage.Runs.OpenAsync(StorageHarness.Start(resume: true) with { ResumeWithin = TimeSpan.FromHours(1) }, Cancellation);

        Assert.Equal((old, true), (run.Id, run.IsResumed));
    }

    [Fact]
    public async Task Closing_counts_the_outcomes_that_are_stored()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.WriteAsync(await storage.OpenRunAsync(), Entries.Found(1));
        Guid run = await storage.OpenRunAsync("catalog");
        await storage.WriteAsync(run, Entries.Found(1), Entries.Found(2), Entries.Found(3), Entries.NotFound(4), Entries.Failed(5));

        OutcomeCounts counts = await storage.Runs.CloseAsync(run, RunStatus.Finished, Cancellation);

        Assert.Equal(new OutcomeCounts(2, 1, 1, 1), counts);
        Assert.Equal(1, await storage.CountAsync("runs WHERE status = 'finished' AND ingested = 2 AND unchanged = 1 AND not_found = 1 AND failed = 1 AND requested = 5 AND finished_at IS NOT NULL"));
    }

    [Fact]
    public async Task History_lists_the_newest_first_and_counts_a_run_that_is_going_on()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid older = await storage.OpenRunAsync();
        await storage.WriteAsync(older, Entries.Found(1));
        await storage.Runs.CloseAsync(older, RunStatus.Finished, Cancellation);
        Guid newer = await storage.OpenRunAsync();
        await storage.WriteAsync(newer, Entries.Found(1), Entries.NotFound(2));

        IReadOnlyList<RunRecord> runs = await storage.History.ListAsync(10, run: null, Cancellation);

        Assert.Equal([newer, older], runs.Select(run => run.Id));
        Assert.Equal([RunStatus.Running, RunStatus.Finished], runs.Select(run => run.Status));
        Assert.Equal([new OutcomeCounts(0, 1, 1, 0), new OutcomeCounts(1, 0, 0, 0)], runs.Select(run => run.Counts));
        Assert.Null(runs[0].FinishedAt);
        Assert.True(runs[1].FinishedAt >= runs[1].StartedAt);
        Assert.Single(await storage.History.ListAsync(1, run: null, Cancellation));
        Assert.Equal([older], (await storage.History.ListAsync(10, older, Cancellation)).Select(run => run.Id));
    }

    [Fact]
    public async Task A_second_process_stands_by_and_takes_over()
    {
        string database = await server.CreateDatabaseAsync();
        await using var first = new StorageHarness(database);
        await using var second = new StorageHarness(database);
        ISourceLease lease = await first.Runs.LeaseSourceAsync("ids:1-10", Cancellation);
        await using IAsyncDisposable other = await second.Runs.LeaseSourceAsync("Catalog", Cancellation);

        Task<ISourceLease> waiting = second.Runs.LeaseSourceAsync("ids:1-10", Cancellation);
        await second.Log.WaitForAsync(2030);
        Assert.False(waiting.IsCompleted);
        await lease.DisposeAsync();

        await (await waiting).DisposeAsync();
        Assert.Equal(1, second.Log.Count(2030));
        Assert.Equal(1, second.Log.Count(2031));
    }

    [Fact]
    public async Task Standing_by_can_be_cancelled()
    {
        string database = await server.CreateDatabaseAsync();
        await using var first = new StorageHarness(database);
        await using var second = new StorageHarness(database);
        await using IAsyncDisposable lease = await first.Runs.LeaseSourceAsync("ids:1-10", Cancellation);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);

        Task<ISourceLease> waiting = second.Runs.LeaseSourceAsync("ids:1-10", stop.Token);
        await second.Log.WaitForAsync(2030);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task A_run_that_is_gone_is_noticed_when_it_is_closed()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.OpenRunAsync();

        InvalidOperationException gone = await Assert.ThrowsAsync<InvalidOperationException>(
            () => storage.Runs.CloseAsync(Guid.CreateVersion7(), RunStatus.Finished, Cancellation));

        Assert.Contains("is not in ingestion.runs any more", gone.Message, StringComparison.Ordinal);
    }
}
