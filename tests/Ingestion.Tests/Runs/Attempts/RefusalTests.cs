using Ingestion.Concurrency;
using Ingestion.Runs;
using Ingestion.Storage;
using Ingestion.Upstream;

namespace Ingestion.Tests.Runs.Attempts;

/// <summary>A refusal of everything is about the client, a refusal of one item among others about the item. For every strategy.</summary>
public sealed class RefusalTests
{
    private const int UpstreamRefuses = 3002;

    public static TheoryData<string> Strategies => [.. StrategyCatalog.All.Select(strategy => strategy.Name)];

    public static TheoryData<string, int> Refusals
    {
        get
        {
            TheoryData<string, int> rows = [];
            foreach (StrategyDescriptor strategy in StrategyCatalog.All)
            {
                foreach (int status in (int[])[400, 401, 403, 407, 422, 451])
                    rows.Add(strategy.Name, status);
            }

            return rows;
        }
    }

    [Theory, MemberData(nameof(Refusals))]
    public async Task When_all_are_refused_after_a_while_the_run_stops_and_none_of_them_has_an_outcome(string strategy, int status)
    {
        int asked = 0;
        using RunFixture run = Run(strategy, "1-1000", (_, id) => Interlocked.Increment(ref asked) > 100 ? Refused(status) : ScriptedUpstream.Found(id));

        RunSummary summary = await run.RunAsync();

        Assert.Equal(new OutcomeCounts(100, 0, 0, 0), summary.Counts);
        Assert.Equal(100, run.Store.Outcomes.Count);
        Assert.False(summary.IsComplete);
        Assert.StartsWith("The upstream https://rickandmortyapi.com/api/ has refused everything for 00:05:00 (Upstream:RefusalTimeout): HTTP ", summary.UpstreamProblem, StringComparison.Ordinal);
        Assert.Contains($"HTTP {status}", Assert.Single(run.Messages, message => message.EventId == UpstreamRefuses).Text, StringComparison.Ordinal);
        Assert.InRange(summary.Elapsed, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30)); // The clock goes on while a thread is slow.
        Assert.InRange(run.Upstream.Requests.Count, 110, 160);
    }

    [Theory, MemberData(nameof(Refusals))]
    public async Task When_all_are_refused_from_the_start_none_of_them_has_an_outcome(string strategy, int status)
    {
        using RunFixture run = Run(strategy, "1-1000", (_, _) => Refused(status));

        RunSummary summary = await run.RunAsync();

        Assert.Empty(run.Store.Outcomes);
        Assert.Contains($"HTTP {status}", summary.UpstreamProblem, StringComparison.Ordinal);
        Assert.Single(run.Messages, message => message.EventId == UpstreamRefuses);
        Assert.InRange(run.Upstream.Requests.Count, 10, 60);
    }

    [Theory, MemberData(nameof(Strategies))]
    public async Task A_redirect_to_another_server_is_told_at_the_first_answer(string strategy)
    {
        FetchFailure redirect = new(FetchFailureKind.RedirectRefused, "elsewhere") { IsAboutClient = true, Advice = "Go there" };
        using RunFixture run = Run(strategy, "1-3", (_, _) => FetchResult.Failed(redirect), degree: 1);
        Task<RunSummary> going = run.StartAsync();

        RunFixture.Until(() => run.Messages.Any(message => message.EventId == UpstreamRefuses), "the message");
        Assert.Single(run.Upstream.Requests);
        Assert.Contains("elsewhere. Go there. No item fails for it", run.Messages.Single(message => message.EventId == UpstreamRefuses).Text, StringComparison.Ordinal);

        RunSummary summary = await run.FinishAsync(going);
        Assert.Empty(run.Store.Outcomes);
        Assert.NotNull(summary.UpstreamProblem);
    }

    [Theory, MemberData(nameof(Strategies))]
    public async Task What_was_refused_meanwhile_is_done_when_the_upstream_answers_again(string strategy)
    {
        using RunFixture run = Run(strategy, "1-300", (upstream, id) => upstream.Requests.Count is > 100 and < 118 ? Refused(403) : ScriptedUpstream.Found(id));

        RunSummary summary = await run.RunAsync();

        Assert.Equal(new OutcomeCounts(300, 0, 0, 0), summary.Counts);
        Assert.Null(summary.UpstreamProblem);
        Assert.Single(run.Messages, message => message.EventId == UpstreamRefuses);
    }

    [Theory, MemberData(nameof(Strategies))]
    public async Task One_item_that_is_refused_fails_after_one_request(string strategy)
    {
        using RunFixture run = Run(strategy, "1-100", (_, id) => id == 7 ? Refused(403) : ScriptedUpstream.Found(id));

        RunSummary summary = await run.RunAsync();

        Assert.Equal((new OutcomeCounts(99, 0, 0, 1), 0), (summary.Counts, summary.Retries));
        Assert.Equal(("HTTP 403", 1), (run.Store.Outcomes[7].Error, run.Store.Outcomes[7].Attempts));
        Assert.Equal(100, run.Upstream.Requests.Count);
        Assert.DoesNotContain(run.Messages, message => message.EventId is >= 3000 and < 3100);
    }

    [Theory, MemberData(nameof(Strategies))]
    public async Task Many_items_that_are_refused_among_others_fail_each_after_one_request(string strategy)
    {
        // Sequentially, forty in a row are refused, more than it takes to ask whether anybody is answered.
        using RunFixture run = Run(strategy, "1-400", (_, id) => id % 50 >= 10 ? Refused(id % 2 == 0 ? 400 : 403) : ScriptedUpstream.Found(id));

        RunSummary summary = await run.RunAsync();

        Assert.Equal(new OutcomeCounts(80, 0, 0, 320), summary.Counts);
        Assert.All(run.Store.Outcomes.Values.Where(outcome => outcome.Error is not null), outcome => Assert.Equal(1, outcome.Attempts));
        Assert.InRange(run.Upstream.Requests.Count, 400, 430);
        Assert.DoesNotContain(run.Messages, message => message.EventId is >= 3000 and < 3100);
        Assert.InRange(summary.Elapsed, TimeSpan.Zero, TimeSpan.FromMinutes(2));
    }

    [Theory, MemberData(nameof(Strategies))]
    public async Task The_last_items_are_judged_by_one_that_was_answered_before(string strategy)
    {
        using RunFixture run = Run(strategy, "1-20", (_, id) => id > 15 ? Refused(403) : ScriptedUpstream.Found(id));

        RunSummary summary = await run.RunAsync();

        Assert.Equal(new OutcomeCounts(15, 0, 0, 5), summary.Counts);
        Assert.All(Enumerable.Range(16, 5), id => Assert.Single(run.Upstream.Requests, request => request.Id == id));
    }

    [Theory, MemberData(nameof(Strategies))]
    public async Task A_few_that_are_all_refused_fail_each_after_one_request(string strategy)
    {
        using RunFixture run = Run(strategy, "1-5", (_, _) => Refused(400));

        RunSummary summary = await run.RunAsync();

        Assert.Equal(new OutcomeCounts(0, 0, 0, 5), summary.Counts);
        Assert.True(summary.IsComplete);
        Assert.Equal(5, run.Upstream.Requests.Count);
    }

    [Theory, MemberData(nameof(Strategies))]
    public async Task A_refusal_that_asks_for_a_pause_is_tried_again_after_it(string strategy)
    {
        using RunFixture run = Run(strategy, "1-50", (upstream, id) => upstream.Requests.Count is 20 or 30 ? Refused(403, TimeSpan.FromSeconds(60)) : ScriptedUpstream.Found(id));

        RunSummary summary = await run.RunAsync();

        Assert.Equal(new OutcomeCounts(50, 0, 0, 0), summary.Counts);
        Assert.InRange(summary.Elapsed, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    public async Task Refused_requests_for_several_leave_no_outcome_either(int degree)
    {
        ScriptedUpstream upstream = new((_, _) => Refused(403)) { Several = _ => Refused(403) };
        using RunFixture run = new(
            new IngestionOptions { Ids = "1-500", DegreeOfParallelism = degree, StallTimeout = TimeSpan.Zero }, new UpstreamOptions { IdsPerRequest = 10 }, upstream);

        RunSummary summary = await run.RunAsync();

        Assert.Empty(run.Store.Outcomes);
        Assert.NotNull(summary.UpstreamProblem);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(3, true)]
    [InlineData(3, false)]
    public async Task A_run_that_finds_nothing_warns(int items, bool isMissing)
    {
        using RunFixture run = Run("Async", $"1-{items}", (_, _) => isMissing ? FetchResult.Missing() : Refused(400));

        await run.RunAsync();

        Assert.Equal(
            $"None of {items} items was found. Is Upstream:BaseAddress (https://rickandmortyapi.com/api/) the root of the API?",
            Assert.Single(run.Messages, message => message.EventId == 1003).Text);
    }

    [Fact]
    public async Task A_run_that_finds_something_does_not_warn()
    {
        using RunFixture run = Run("Async", "1-30", (_, id) => id == 17 ? ScriptedUpstream.Found(id) : FetchResult.Missing());

        await run.RunAsync();

        Assert.DoesNotContain(run.Messages, message => message.EventId == 1003);
    }

    private static FetchResult Refused(int status, TimeSpan? retryAfter = null) =>
        FetchResult.Failed(new FetchFailure(FetchFailureKind.ClientError, $"HTTP {status}", retryAfter, status));

    private static RunFixture Run(string strategy, string ids, Func<ScriptedUpstream, int, FetchResult> answer, int degree = 8) => new(
        new IngestionOptions { StallTimeout = TimeSpan.Zero, Ids = ids, Strategy = strategy, DegreeOfParallelism = degree },
        new UpstreamOptions(),
        new ScriptedUpstream((upstream, id, _) => Task.FromResult(answer(upstream, id))));
}
