using System.Collections.Concurrent;
using Ingestion.Runs;
using Ingestion.Upstream;

namespace Ingestion.Tests.Runs;

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
        Assert.Matches("slot 0: character [12], persist for 00:01:00", warning);
        Assert.Matches("slot 1: character [12], persist for 00:01:00", warning);
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

        _run.Clock.Advance(TimeSpan.FromMinutes(29));
        Assert.Empty(Warnings());
        _run.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Single(Warnings());
        _commit.SetResult();
        await going;
    }

    private IEnumerable<string> Warnings() => _run.Messages.Where(message => message.EventId == Stalled).Select(message => message.Text);

    private Task<RunSummary> Start(
        string strategy, int degree, int ids, Func<int, Task<FetchResult>>? answer = null, TimeSpan? stallTimeout = null, TimeSpan? attemptTimeout = null)
    {
        _run = new RunFixture(
            new IngestionOptions { Ids = $"1-{ids}", Strategy = strategy, DegreeOfParallelism = degree, StallTimeout = stallTimeout ?? TimeSpan.FromMinutes(1) },
            new UpstreamOptions { AttemptTimeout = attemptTimeout ?? TimeSpan.FromSeconds(10) },
            new ScriptedUpstream((_, id, _) => answer?.Invoke(id) ?? Task.FromResult(ScriptedUpstream.Found(id))));
        _run.Store.Committing = _commit.Task;
        return _run.StartAsync();
    }
}
