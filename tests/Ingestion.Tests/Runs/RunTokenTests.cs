using System.Threading.Channels;
using Ingestion.Runs;
using Ingestion.Sources;
using Ingestion.Storage;
using Ingestion.Tests.Concurrency;
using Ingestion.Upstream;

namespace Ingestion.Tests.Runs;

/// <summary>A run that is stopped from outside, by whoever and at whatever moment, ends in order.</summary>
public sealed class RunTokenTests
{
    private const int RunStarted = 1000;
    private const int RetriesHeldBack = 1020;

    /// <summary>How long the last commit may take after an abort.</summary>
    private static readonly TimeSpan CloseAfterAbort = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static TheoryData<string> All => Strategies.All;

    public static TheoryData<string> Parallel => Strategies.Parallel;

    [Theory, MemberData(nameof(All))]
    public Task A_lease_that_is_lost_while_commits_are_pending_makes_the_worker_stand_by(string strategy) => LoseAsync(strategy, store => store.LoseLease());

    [Theory, MemberData(nameof(All))]
    public Task A_run_that_another_process_has_taken_up_makes_the_worker_stand_by(string strategy) => LoseAsync(strategy, store => store.LoseRun());

    private static async Task LoseAsync(string strategy, Action<MemoryRunStore> lose)
    {
        TaskCompletionSource commit = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using RunFixture run = New(strategy, "1-20");
        run.Store.Committing = commit.Task;
        Task<RunSummary> going = run.StartAsync();
        RunFixture.Until(() => run.Store.Written >= (strategy == "Sequential" ? 1 : 4), "items that wait for their commit");

        lose(run.Store);
        RunFixture.Until(() => going.IsCompleted || run.Store.Leases == 2, "the second lease");
        commit.SetResult();

        Assert.Equal(new OutcomeCounts(20, 0, 0, 0), (await going.WaitAsync(Patience)).Counts);
        Assert.Equal(2, run.Store.Leases);
    }

    [Fact]
    public async Task A_lease_that_is_lost_before_the_first_item_makes_the_worker_stand_by()
    {
        TaskCompletionSource found = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using RunFixture run = New("Adaptive", "1-20");
        run.Store.Finding = found.Task;
        Task<RunSummary> going = run.StartAsync();
        RunFixture.Until(() => run.Store.IsFinding, "the look-up");

        run.Store.Finding = Task.CompletedTask;
        run.Store.LoseLease();

        Assert.Equal(20, (await going.WaitAsync(Patience)).Counts.Ingested);
        Assert.Equal(2, run.Store.Leases);
    }

    [Theory, MemberData(nameof(Parallel))]
    public async Task A_reload_while_a_run_begins_is_not_lost(string strategy)
    {
        using RunFixture run = New(strategy, "1-20");
        run.OnEvent = id =>
        {
            if (id == RunStarted)
                run.Options.Change(new IngestionOptions { Strategy = strategy, DegreeOfParallelism = 7 });
        };

        RunSummary summary = await run.RunAsync();

        Assert.Equal(7, summary.DegreeOfParallelism);
    }

    [Fact]
    public async Task A_fault_in_the_retry_pump_ends_the_run()
    {
        UpstreamOptions upstream = new() { RetryRatio = 0, MinRetriesPerSecond = 1 };
        using RunFixture run = New("Async", "1-1000", upstream, id => id % 5 == 0 ? ScriptedUpstream.Failed(FetchFailureKind.ServerError, 500) : ScriptedUpstream.Found(id));
        run.OnEvent = id =>
        {
            if (id == RetriesHeldBack)
                throw new NotSupportedException("the disk of the log is full");
        };

        NotSupportedException fault = await Assert.ThrowsAsync<NotSupportedException>(() => run.RunAsync().WaitAsync(Patience));

        Assert.Equal("the disk of the log is full", fault.Message);
    }

    [Fact]
    public async Task A_source_that_fails_ends_the_run()
    {
        Channel<int> ids = Channel.CreateUnbounded<int>();
        using RunFixture run = New("Async", "1", source: new ChannelSource(ids.Reader));
        Task<RunSummary> going = run.StartAsync();
        await ids.Writer.WriteAsync(1);
        RunFixture.Until(() => run.Progress.Counts.Total == 1, "the outcome");
        ids.Writer.Complete(new NotSupportedException("the catalog has no page 2"));

        NotSupportedException fault = await Assert.ThrowsAsync<NotSupportedException>(() => going.WaitAsync(Patience));

        Assert.Equal("the catalog has no page 2", fault.Message);
        Assert.Single(run.Store.Outcomes);
    }

    [Theory, MemberData(nameof(All))]
    public async Task A_source_that_does_not_let_go_does_not_hold_up_the_end(string strategy)
    {
        Task never = new TaskCompletionSource().Task;
        Channel<int> ids = Channel.CreateUnbounded<int>();
        ChannelSource source = new(ids.Reader) { Settling = never, Leaving = never, Ending = never };
        using RunFixture run = New(strategy, "1", source: source);
        using CancellationTokenSource stopReading = new(), abort = new();
        Task<RunSummary> going = run.StartAsync(stopReading.Token, abort.Token);
        await ids.Writer.WriteAsync(1);
        RunFixture.Until(() => source.Settled == 1, "the item that is settled");

        await stopReading.CancelAsync();
        Assert.False(going.IsCompleted);
        await abort.CancelAsync();
        RunFixture.Until(
            () =>
            {
                run.Clock.Advance(CloseAfterAbort);
                return going.IsCompleted;
            },
            "the end of the last patience");

        RunSummary summary = await going.WaitAsync(Patience);
        Assert.False(summary.IsComplete);
        Assert.Equal(1, summary.Counts.Ingested);
    }

    private static RunFixture New(string strategy, string ids, UpstreamOptions? upstream = null, Func<int, FetchResult>? answer = null, IItemSource? source = null) => new(
        new IngestionOptions { Ids = ids, Strategy = strategy, DegreeOfParallelism = 4, StallTimeout = TimeSpan.Zero },
        upstream ?? new UpstreamOptions(),
        new ScriptedUpstream((id, _) => answer?.Invoke(id) ?? ScriptedUpstream.Found(id)),
        source: source);
}
