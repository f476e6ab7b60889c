using System.Collections.Concurrent;
using Ingestion.Runs;
using Ingestion.Upstream;

namespace Ingestion.Tests.Runs.Watching;

/// <summary>Items that are in flight and do not come to an end.</summary>
public sealed class StallDetectorTests : IDisposable
{
    private const int Stalled = 1021;

    private readonly TaskCompletionSource _commit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RunFixture _run = null!;

    public void Dispose() => _run.Dispose();

    [Theory]
    [InlineData("ThreadPool")]
    [InlineData("Async")]
    public async Task A_stall_is_told_once_with_what_every_slot_is_doing_until_there_is_an_outcome(string strategy)
    {
        Task<RunSummary> going = Start(strategy, degree: 2, ids: 2);
        RunFixture.Until(() => _run.Store.Written == 2, "two that wait for their commit");

        _run.Clock.Advance(TimeSpan.FromSeconds(59.9));
        Assert.Null(_run.Health.Problem);
        Assert.Empty(Warnings());
        _run.Clock.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Equal("no item has ended for 00:01:00 although 2 are in flight", _run.Health.Problem);
        string warning = Assert.Single(Warnings());
        Assert.StartsWith("No item has ended for 00:01:00 although 2 are in flight", warning, StringComparison.Ordinal);
        Assert.Matches("slot 0: item [12], persist for 00:01:00", warning);
        Assert.Matches("slot 1: item [12], persist for 00:01:00", warning);
        _run.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Single(Warnings());
        Assert.Equal(1, _run.Counted("ingestion.stalls"));

        _commit.SetResult();
        Assert.Equal(2, (await going).Counts.Ingested);
        Assert.Null(_run.Health.Problem);
    }

    [Fact]
    public async Task Attempts_that_gave_their_slot_back_are_in_flight_too()
    {
        Task<RunSummary> going = Start("Pipeline", degree: 3, ids: 25);
        RunFixture.Until(() => _run.Store.Written == 25 && _run.Progress.InFlight == 0, "all beyond the slots");

        _run.Clock.Advance(TimeSpan.FromMinutes(1));

        string warning = Assert.Single(Warnings());
        Assert.EndsWith("; and 5 more", warning, StringComparison.Ordinal);
        Assert.Equal(20, warning.Split("slot ").Length - 1);
        _commit.SetResult();
        await going;
    }

    [Fact]
    public async Task An_outcome_ends_a_stall_and_the_next_one_is_told_again()
    {
        ConcurrentQueue<TaskCompletionSource<FetchResult>> held = [];
        _commit.SetResult();
        Task<RunSummary> going = Start("Async", degree: 1, ids: 3, _ =>
        {
            TaskCompletionSource<FetchResult> request = new(TaskCreationOptions.RunContinuationsAsynchronously);
            held.Enqueue(request);
            return request.Task;
        });
        for (int id = 1; id <= 3; id++)
        {
            TaskCompletionSource<FetchResult>? request = null;
            RunFixture.Until(() => held.TryDequeue(out request), "the request");
            _run.Clock.Advance(TimeSpan.FromMinutes(2));
            Assert.Equal(id, Warnings().Count(text => text.Contains(", fetch for 00:01:", StringComparison.Ordinal)));
            Assert.NotNull(_run.Health.Problem);
            request!.SetResult(ScriptedUpstream.Found(id));
            RunFixture.Until(() => _run.Progress.Counts.Total == id, "the outcome");
            _run.Clock.Advance(TimeSpan.FromSeconds(6));
            Assert.Null(_run.Health.Problem);
        }

        await going;
    }

    [Theory]
    [InlineData("Sequential")]
    [InlineData("Pipeline")]
    public async Task An_attempt_that_ends_is_progress_even_if_it_has_to_be_made_again(string strategy)
    {
        ConcurrentQueue<TaskCompletionSource<FetchResult>> held = [];
        _commit.SetResult();
        Task<RunSummary> going = Start(strategy, degree: 1, ids: 6, _ =>
        {
            TaskCompletionSource<FetchResult> request = new(TaskCreationOptions.RunContinuationsAsynchronously);
            held.Enqueue(request);
            return request.Task;
        });
        TaskCompletionSource<FetchResult>? request = null;
        for (int attempt = 1; attempt <= 6; attempt++)
        {
            RunFixture.Until(() => held.TryDequeue(out request), "the request");
            _run.Clock.Advance(TimeSpan.FromSeconds(40));
            Assert.Null(_run.Health.Problem);
            request!.SetResult(ScriptedUpstream.Failed(FetchFailureKind.ServerError, 500));
            RunFixture.Until(() => _run.Progress.Retries == attempt, "its end");
        }

        RunFixture.Until(() => held.TryDequeue(out request), "the request that hangs");
        Assert.Equal(0, _run.Progress.Counts.Total);
        Assert.Empty(Warnings());
        _run.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Single(Warnings());

        // Something else is wrong with every item, so that the run ends.
        request!.SetResult(ScriptedUpstream.Failed(FetchFailureKind.UnexpectedResponse));
        while (!going.IsCompleted)
        {
            RunFixture.Until(() => going.IsCompleted || held.TryDequeue(out request), "the end of the run");
            request?.TrySetResult(ScriptedUpstream.Failed(FetchFailureKind.UnexpectedResponse));
        }

        Assert.Equal(6, (await going).Counts.Failed);
    }

    [Fact]
    public async Task A_rate_limit_that_lets_nobody_through_for_so_long_is_no_stall()
    {
        _commit.SetResult();
        Task<RunSummary> going = Start("Async", degree: 4, ids: 4, requestsPerSecond: 0.01);

        for (int ended = 1; ended < 4; ended++)
        {
            RunFixture.Until(() => _run.Progress.Counts.Total == ended && _run.Gate.Waiting == 4 - ended, "all others at the gate");
            _run.Clock.Advance(TimeSpan.FromSeconds(100));
            Assert.Empty(Warnings());
        }

        await going;
    }

    [Fact]
    public async Task A_database_that_is_away_and_a_closed_gate_explain_the_silence()
    {
        Task<RunSummary> going = Start("Async", degree: 2, ids: 2);
        RunFixture.Until(() => _run.Store.Written == 2, "two that wait for their commit");

        _run.Storage.ReportUnreachable("connection refused");
        _run.Clock.Advance(TimeSpan.FromHours(1));
        _run.Storage.ReportReachable();
        _run.Clock.Advance(TimeSpan.FromSeconds(54));
        _run.Gate.ReportFailure(default, new FetchFailure(FetchFailureKind.TooManyRequests, "", TimeSpan.FromMinutes(5)));
        _run.Clock.Advance(TimeSpan.FromMinutes(4.9));
        Assert.Empty(Warnings());

        _run.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Single(Warnings());
        _run.Storage.ReportUnreachable("connection refused");
        _run.Clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Null(_run.Health.Problem);
        _commit.SetResult();
        await going;
    }

    [Fact]
    public async Task Zero_turns_it_off()
    {
        Task<RunSummary> going = Start("Async", degree: 2, ids: 2, stallTimeout: TimeSpan.Zero);
        RunFixture.Until(() => _run.Store.Written == 2, "two that wait for their commit");

        _run.Clock.Advance(TimeSpan.FromDays(1));

        Assert.Null(_run.Health.Problem);
        Assert.Empty(Warnings());
        _commit.SetResult();
        await going;
    }

    [Fact]
    public async Task What_one_attempt_may_take_is_no_stall()
    {
        Task<RunSummary> going = Start("Async", degree: 2, ids: 2, stallTimeout: TimeSpan.FromSeconds(1), attemptTimeout: TimeSpan.FromMinutes(30));
        RunFixture.Until(() => _run.Store.Written == 2, "two that wait for their commit");

        _run.Clock.Advance(TimeSpan.FromMinutes(32));
        Assert.Empty(Warnings());
        _run.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Single(Warnings());
        _commit.SetResult();
        await going;
    }

    private IEnumerable<string> Warnings() => _run.Messages.Where(message => message.EventId == Stalled).Select(message => message.Text);

    private Task<RunSummary> Start(
        string strategy, int degree, int ids, Func<int, Task<FetchResult>>? answer = null, TimeSpan? stallTimeout = null, TimeSpan? attemptTimeout = null,
        double? requestsPerSecond = null)
    {
        _run = new RunFixture(
            new IngestionOptions { Ids = $"1-{ids}", Strategy = strategy, DegreeOfParallelism = degree, StallTimeout = stallTimeout ?? TimeSpan.FromMinutes(1) },
            new UpstreamOptions { AttemptTimeout = attemptTimeout ?? TimeSpan.FromSeconds(10), RequestsPerSecond = requestsPerSecond },
            new ScriptedUpstream((_, id, _) => answer?.Invoke(id) ?? Task.FromResult(ScriptedUpstream.Found(id))));
        _run.Store.Committing = _commit.Task;
        return _run.StartAsync();
    }
}
