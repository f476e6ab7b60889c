using System.Text;
using Ingestion.Items;
using Ingestion.Runs;
using Ingestion.Storage;
using Ingestion.Tests.Concurrency;
using Ingestion.Upstream;

namespace Ingestion.Tests.Runs.Attempts;

/// <summary>Several IDs with one request: every item keeps an outcome of its own.</summary>
public sealed class GroupedRunTests
{
    public static TheoryData<string> All => Strategies.All;

    [Theory, MemberData(nameof(All))]
    public async Task Every_strategy_fetches_several_with_one_request(string strategy)
    {
        ScriptedUpstream upstream = Answering(ids => ids);
        using RunFixture run = Fixture(upstream, strategy, ids: "1-500");

        RunSummary summary = await run.RunAsync();

        Assert.Equal(new OutcomeCounts(500, 0, 0, 0), summary.Counts);
        Assert.True(upstream.SeveralRequests.Count + upstream.Requests.Count < 400, $"{upstream.SeveralRequests.Count} and {upstream.Requests.Count} requests");
        Assert.All(upstream.SeveralRequests, ids => Assert.InRange(ids.Count, 2, 10));
        Assert.Equal(Enumerable.Range(1, 500), Asked(upstream).Order());
    }

    [Fact]
    public async Task What_is_missing_from_the_answer_is_not_found()
    {
        ScriptedUpstream upstream = Answering(ids => ids.Where(id => id % 3 != 0));
        using RunFixture run = Fixture(upstream);

        RunSummary summary = await run.RunAsync();

        Assert.Equal(new OutcomeCounts(20, 0, 10, 0), summary.Counts);
    }

    [Fact]
    public async Task A_record_that_is_wrong_fails_alone()
    {
        var upstream = new ScriptedUpstream(One)
        {
            Several = ids => FetchResult.Found(Text([.. ids.Select(id => id == 7 ? """{"id":7,"name":null}""" : Record(id))])),
        };
        using RunFixture run = Fixture(upstream);

        RunSummary summary = await run.RunAsync();

        Assert.Equal(new OutcomeCounts(29, 0, 0, 1), summary.Counts);
        Assert.Contains("'name' is null", run.Store.Outcomes[7].Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\\ud800")]
    [InlineData("\\udc00\\ud800")]
    [InlineData("id\\ud800")]
    [InlineData("\\u0069\\ud8ff")]
    public async Task A_record_with_half_of_a_surrogate_pair_in_a_key_is_judged_alone(string key)
    {
        // A group may be of one, when no more is waiting: then that one is asked for alone.
        var upstream = new ScriptedUpstream((id, _) => FetchResult.Found(Encoding.UTF8.GetBytes(Spoilt(id))))
        {
            Several = ids => FetchResult.Found(Text([.. ids.Select(Spoilt)])),
        };
        using RunFixture run = Fixture(upstream);

        RunSummary summary = await run.RunAsync();

        string Spoilt(int id) => id % 2 == 0 ? Record(id) : $"{{\"{key}\":0,{Record(id)[1..]}";

        Assert.Equal((new OutcomeCounts(30, 0, 0, 0), 0), (summary.Counts, summary.Retries));
        Assert.All(run.Store.Outcomes, outcome => Assert.Equal(outcome.Key.Number % 2 != 0, outcome.Value.Record!.Sanitized));
    }

    [Fact]
    public async Task A_record_nobody_asked_for_leaves_nobody_unheard()
    {
        var upstream = new ScriptedUpstream(One)
        {
            Several = ids => FetchResult.Found(Text([.. ids.Select(id => Record(id == 7 ? 9999 : id))])),
        };
        using RunFixture run = Fixture(upstream);

        RunSummary summary = await run.RunAsync();

        Assert.Equal(new OutcomeCounts(30, 0, 0, 0), summary.Counts);
        Assert.Contains(upstream.Requests, request => request.Id == 7);
    }

    [Theory]
    [InlineData(nameof(FetchFailureKind.UnexpectedResponse))]
    [InlineData(nameof(FetchFailureKind.ServerError))]
    [InlineData(nameof(FetchFailureKind.Timeout))]
    [InlineData(nameof(FetchFailureKind.BodyTooLarge))]
    public async Task The_id_that_spoils_a_request_is_isolated_and_fails_alone(string kindOfFailure)
    {
        FetchFailureKind kind = Enum.Parse<FetchFailureKind>(kindOfFailure);
        var upstream = new ScriptedUpstream((id, _) => id == 7 ? ScriptedUpstream.Failed(kind) : One(id, 1))
        {
            Several = ids => ids.Contains(7) ? ScriptedUpstream.Failed(kind) : ScriptedUpstream.FoundAll(ids),
        };
        using RunFixture run = Fixture(upstream);

        RunSummary summary = await run.RunAsync();

        Assert.Equal(new OutcomeCounts(29, 0, 0, 1), summary.Counts);
        Assert.Equal(Outcome.Failed, run.Store.Outcomes[7].OutcomeWithoutRecord);
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("""[{"id":1""")]
    [InlineData("""{"error":"Bad... bad array :/"}""")]
    public async Task An_answer_that_is_no_array_is_asked_for_again_in_smaller_parts(string body)
    {
        var upstream = new ScriptedUpstream(One) { Several = _ => FetchResult.Found(Encoding.UTF8.GetBytes(body)) };
        using RunFixture run = Fixture(upstream, ids: "1-8");

        RunSummary summary = await run.RunAsync();

        Assert.Equal(new OutcomeCounts(8, 0, 0, 0), summary.Counts);
        Assert.Equal(Enumerable.Range(1, 8), upstream.Requests.Select(request => request.Id).Order());
    }

    private static FetchResult One(int id, int request) => ScriptedUpstream.Found(id);

    private static string Record(int id) => Encoding.UTF8.GetString(ScriptedUpstream.Found(id).Body.Span);

    private static byte[] Text(string[] records) => Encoding.UTF8.GetBytes($"[{string.Join(',', records)}]");

    private static ScriptedUpstream Answering(Func<IEnumerable<int>, IEnumerable<int>> existing) => new((id, _) => existing([id]).Any() ? One(id, 1) : FetchResult.Missing())
    {
        Several = ids => ScriptedUpstream.FoundAll(existing(ids)),
    };

    private static IEnumerable<int> Asked(ScriptedUpstream upstream) =>
        upstream.SeveralRequests.SelectMany(ids => ids).Concat(upstream.Requests.Select(request => request.Id));

    private static RunFixture Fixture(ScriptedUpstream upstream, string strategy = "Async", string ids = "1-30") => new(
        new IngestionOptions { Ids = ids, Strategy = strategy, DegreeOfParallelism = 4, StallTimeout = TimeSpan.Zero },
        new UpstreamOptions { IdsPerRequest = 10, MaxAttempts = 3, RetryRatio = 1 },
        upstream);
}
