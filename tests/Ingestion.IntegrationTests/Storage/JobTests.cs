using Ingestion.Items;
using Ingestion.Storage;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>Several workers store the outcomes of one job.</summary>
public sealed class JobTests(PostgresServer server)
{
    private static readonly Job Job = new(Guid.CreateVersion7(), Requested: 3);

    [Fact]
    public async Task Outcomes_of_a_job_are_stored_once_whichever_run_has_them()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid first = await OpenAsync(storage), second = await OpenAsync(storage);

        CommittedOutcome[] before = await storage.WriteSharedAsync(first, Of(Job, Entries.Found(1)), Of(Job, Entries.NotFound(2)));
        CommittedOutcome[] again = await storage.WriteSharedAsync(second, Of(Job, Entries.Found(1, "Morty")), Of(Job, Entries.Found(3)));

        Assert.Equal([Outcome.Ingested, Outcome.NotFound], before.Select(committed => committed.Outcome));
        Assert.Equal([Outcome.Ingested, Outcome.Ingested], again.Select(committed => committed.Outcome));
        Assert.Equal(3, await storage.CountAsync($"outcomes WHERE run_id = '{Job.Id}'"));
        Assert.Equal(3, await storage.CountAsync("outcomes"));
        Assert.Equal("job:queue running 3", await storage.QueryAsync<string>($"SELECT concat_ws(' ', source, status, requested) FROM ingestion.runs WHERE id = '{Job.Id}'"));
    }

    [Fact]
    public async Task The_same_character_for_two_jobs_and_for_the_run_has_three_outcomes()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await OpenAsync(storage);
        Job other = new(Guid.CreateVersion7(), Requested: null);

        CommittedOutcome[] results = await storage.WriteSharedAsync(run, Of(Job, Entries.Found(1)), Of(other, Entries.Found(1)), Entries.Found(1), Of(Job, Entries.Found(1)));

        Assert.Equal(4, results.Length);
        Assert.Equal(Outcome.Ingested, results[0].Outcome);
        Assert.Equal(results[0], results[3]);
        Assert.Equal(3, await storage.CountAsync("outcomes"));
        Assert.Equal(1, await storage.CountAsync("characters"));
    }

    [Fact]
    public async Task A_dead_letter_that_is_queued_again_gets_a_new_outcome_and_resolves_others()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.WriteAsync(await storage.OpenRunAsync(), Entries.Failed(1));
        Guid run = await OpenAsync(storage);

        CommittedOutcome[] failed = await storage.WriteSharedAsync(run, Of(Job, Entries.Failed(1, "HTTP 501")));
        CommittedOutcome[] ingested = await storage.WriteSharedAsync(run, Of(Job, Entries.Found(1)));
        CommittedOutcome[] late = await storage.WriteSharedAsync(run, Of(Job, Entries.Failed(1)));

        Assert.Equal([new CommittedOutcome(Outcome.Failed, "HTTP 501")], failed);
        Assert.Equal([new CommittedOutcome(Outcome.Ingested, null)], ingested);
        Assert.Equal(ingested, late);
        Assert.Equal("Ingested", await storage.QueryAsync<string>($"SELECT outcome FROM ingestion.outcomes WHERE run_id = '{Job.Id}'"));
        Assert.Equal(0, await storage.CountAsync("outcomes WHERE outcome = 'Failed' AND resolved_at IS NULL"));
    }

    [Fact]
    public async Task Without_a_job_each_request_has_the_outcome_it_had()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await OpenAsync(storage);

        CommittedOutcome[] first = await storage.WriteSharedAsync(run, Entries.Found(7), Entries.Failed(8, "HTTP 500"), Entries.NotFound(9));
        CommittedOutcome[] second = await storage.WriteSharedAsync(run, Entries.Failed(7, "HTTP 403"), Entries.Found(8), Entries.Found(9));
        CommittedOutcome[] third = await storage.WriteSharedAsync(run, Entries.Found(7), Entries.NotFound(8), Entries.Found(9));

        Assert.Equal([Outcome.Ingested, Outcome.Failed, Outcome.NotFound], first.Select(committed => committed.Outcome));
        Assert.Equal([new CommittedOutcome(Outcome.Failed, "HTTP 403"), new(Outcome.Ingested, null), new(Outcome.Ingested, null)], second);
        Assert.Equal([Outcome.Unchanged, Outcome.NotFound, Outcome.Unchanged], third.Select(committed => committed.Outcome));
        Assert.Equal("7 Unchanged, 8 NotFound, 9 Unchanged", await storage.QueryAsync<string>("SELECT string_agg(item_id || ' ' || outcome, ', ' ORDER BY item_id) FROM ingestion.outcomes"));
    }

    [Fact]
    public async Task Requests_for_the_same_character_that_end_together_have_an_outcome_each()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await OpenAsync(storage);

        CommittedOutcome[] without = await storage.WriteSharedAsync(run, Entries.Found(7), Entries.Failed(7, "HTTP 403"), Entries.NotFound(7));
        CommittedOutcome[] ofJob = await storage.WriteSharedAsync(run, Of(Job, Entries.Failed(1, "HTTP 403")), Of(Job, Entries.Found(1)), Of(Job, Entries.Failed(1, "late")));

        Assert.Equal([Outcome.Ingested, Outcome.Failed, Outcome.NotFound], without.Select(committed => committed.Outcome));
        Assert.Equal("NotFound", await storage.QueryAsync<string>($"SELECT outcome FROM ingestion.outcomes WHERE run_id = '{run}'"));
        Assert.Equal(Outcome.Ingested, ofJob[1].Outcome);
        Assert.Equal("Ingested", await storage.QueryAsync<string>($"SELECT outcome FROM ingestion.outcomes WHERE run_id = '{Job.Id}'"));
    }

    [Fact]
    public async Task Runs_over_a_shared_source_leave_each_other_alone_and_finish_a_job_that_is_complete()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid first = await OpenAsync(storage), second = await OpenAsync(storage);

        await storage.WriteSharedAsync(first, Of(Job, Entries.Found(1)), Of(Job, Entries.Found(2)));
        await storage.Runs.CloseSharedAsync(first, RunStatus.Stopped, new OutcomeCounts(2, 0, 0, 0), TestContext.Current.CancellationToken);
        Assert.Equal("running", await StatusAsync(storage, Job.Id));
        Assert.Equal("running", await StatusAsync(storage, second));
        await storage.WriteSharedAsync(second, Of(Job, Entries.Failed(3)));
        await storage.Runs.CloseSharedAsync(second, RunStatus.Finished, new OutcomeCounts(0, 0, 0, 1), TestContext.Current.CancellationToken);

        Assert.Equal("finished", await StatusAsync(storage, Job.Id));
        RunRecord job = Assert.Single(await storage.History.ListAsync(1, Job.Id, TestContext.Current.CancellationToken));
        Assert.Equal(new OutcomeCounts(2, 0, 0, 1), job.Counts);
    }

    private static async Task<Guid> OpenAsync(StorageHarness storage)
    {
        await storage.Schema.EnsureReadyAsync(TestContext.Current.CancellationToken);
        return (await storage.Runs.OpenAsync(new RunStart("queue", "character/{id}", StorageHarness.Api, "Async", 16, null, Resume: false, IsShared: true), TestContext.Current.CancellationToken)).Id;
    }

    private static OutcomeEntry Of(Job job, OutcomeEntry entry) => entry with { Job = job };

    private static Task<string> StatusAsync(StorageHarness storage, Guid run) => storage.QueryAsync<string>($"SELECT status FROM ingestion.runs WHERE id = '{run}'");
}
