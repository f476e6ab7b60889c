using Ingestion.Concurrency;
using Ingestion.Runs;
using Ingestion.Storage;
using Ingestion.Upstream;
using TestSupport.Time;

namespace Ingestion.Tests.Runs.Attempts;

/// <summary>An item that is put off again and again while others are answered fails; one that shares what befalls everybody does not.</summary>
public sealed class PutOffTests
{
    public static TheoryData<string> Strategies => [.. StrategyCatalog.All.Select(strategy => strategy.Name)];

    /// <summary>What one item gets for ever: kind, status, Retry-After in seconds.</summary>
    public static TheoryData<string, string, int?, double?> PutOffs
    {
        get
        {
            TheoryData<string, string, int?, double?> rows = [];
            foreach (string strategy in (string[])["Sequential", "ThreadPool", "Async", "Pipeline"])
            {
                foreach (double after in (double[])[0, 1, 600])
                {
                    rows.Add(strategy, nameof(FetchFailureKind.ServerError), 500, after);
                    rows.Add(strategy, nameof(FetchFailureKind.ServerError), 503, after);
                    rows.Add(strategy, nameof(FetchFailureKind.TooManyRequests), 429, after);
                    rows.Add(strategy, nameof(FetchFailureKind.RequestTimeout), 408, after);
                    rows.Add(strategy, nameof(FetchFailureKind.ClientError), 403, after);
                    rows.Add(strategy, nameof(FetchFailureKind.UnexpectedResponse), 202, after);
                }

                rows.Add(strategy, nameof(FetchFailureKind.TooManyRequests), 429, null);
                rows.Add(strategy, nameof(FetchFailureKind.ConnectionFailed), null, null);
            }

            return rows;
        }
    }

    [Theory, MemberData(nameof(PutOffs))]
    public async Task One_item_that_never_works_fails_whatever_it_is_answered(string strategy, string kind, int? status, double? retryAfter)
    {
        TimeSpan? after = retryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        FetchResult putOff = ScriptedUpstream.Failed(Enum.Parse<FetchFailureKind>(kind), status, after);
        using RunFixture run = Run(strategy, "1-100", new ScriptedUpstream((id, _) => id == 30 ? putOff : ScriptedUpstream.Found(id)), degree: 4);

        RunSummary summary = await run.RunAsync();

        Assert.Equal(new OutcomeCounts(99, 0, 0, 1), summary.Counts);
        Assert.StartsWith($"some {kind}", run.Store.Outcomes[30].Error, StringComparison.Ordinal);
        Assert.InRange(run.Upstream.Requests.Count(request => request.Id == 30), 1, after > TimeSpan.Zero || kind is "TooManyRequests" or "ConnectionFailed" ? 45 : 5);
    }

    [Theory, MemberData(nameof(Strategies))]
    public async Task Several_items_that_never_work_fail_and_the_run_ends(string strategy)
    {
        using RunFixture run = Run(strategy, "1-200", new ScriptedUpstream((id, _) => id > 190
            ? ScriptedUpstream.Failed(FetchFailureKind.TooManyRequests, 429) : ScriptedUpstream.Found(id)));

        RunSummary summary = await run.RunAsync();

        Assert.Equal(new OutcomeCounts(190, 0, 0, 10), summary.Counts);
    }

    [Theory]
    [InlineData("Sequential", 1, 1.0)]
    [InlineData("Sequential", 5, 1.0)]
    [InlineData("Async", 1, 1.0)]
    [InlineData("Async", 10, 1.0)]
    [InlineData("Async", 10, null)]
    [InlineData("ThreadPool", 10, 1.0)]
    [InlineData("ThreadPerItem", 20, null)]
    [InlineData("Pipeline", 20, 1.0)]
    [InlineData("Adaptive", 10, 1.0)]
    public async Task An_upstream_that_answers_so_many_a_second_dead_letters_nothing(string strategy, int perSecond, double? retryAfter)
    {
        var clock = new ManualTimeProvider();
        Lock gate = new();
        long second = -1;
        int left = 0;
        var upstream = new ScriptedUpstream((_, id, _) =>
        {
            lock (gate)
            {
                if (clock.GetTimestamp() / TimeSpan.TicksPerSecond is var now && now != second)
                    (second, left) = (now, perSecond);
                return Task.FromResult(left-- > 0
                    ? ScriptedUpstream.Found(id)
                    : ScriptedUpstream.Failed(FetchFailureKind.TooManyRequests, 429, retryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null));
            }
        });
        using RunFixture run = Run(strategy, "1-300", upstream, clock: clock);

        RunSummary summary = await run.RunAsync();

        Assert.Equal(new OutcomeCounts(300, 0, 0, 0), summary.Counts);
    }

    [Fact]
    public async Task The_id_that_puts_a_request_for_several_off_is_isolated_and_fails_alone()
    {
        FetchResult putOff = ScriptedUpstream.Failed(FetchFailureKind.ServerError, 503, TimeSpan.FromSeconds(1));
        var upstream = new ScriptedUpstream((id, _) => id == 7 ? putOff : ScriptedUpstream.Found(id))
        {
            Several = ids => ids.Contains(7) ? putOff : ScriptedUpstream.FoundAll(ids),
        };
        using RunFixture run = new(
            new IngestionOptions { Ids = "1-60", DegreeOfParallelism = 4, StallTimeout = TimeSpan.Zero }, new UpstreamOptions { IdsPerRequest = 10, RetryRatio = 1 }, upstream);

        RunSummary summary = await run.RunAsync();

        Assert.Equal(new OutcomeCounts(59, 0, 0, 1), summary.Counts);
        Assert.StartsWith("some ServerError", run.Store.Outcomes[7].Error, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Strategies))]
    public async Task An_upstream_that_has_never_answered_is_given_up_and_nothing_has_an_outcome(string strategy)
    {
        using RunFixture run = Run(strategy, "1-100", new ScriptedUpstream((_, _) => ScriptedUpstream.Failed(FetchFailureKind.ConnectionFailed)));

        RunSummary summary = await run.RunAsync();

        Assert.Empty(run.Store.Outcomes);
        Assert.Equal(
            "The upstream https://rickandmortyapi.com/api/ has not answered once in 00:05:00 (Upstream:StartupTimeout): some ConnectionFailed.", summary.UpstreamProblem);
        Assert.InRange(summary.Elapsed, TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30));
        Assert.Single(run.Messages, message => message.EventId == 3003);
    }

    [Theory, MemberData(nameof(Strategies))]
    public async Task An_upstream_that_has_answered_is_waited_for(string strategy)
    {
        int asked = 0;
        using RunFixture run = Run(strategy, "1-100", new ScriptedUpstream((_, id, _) =>
            Task.FromResult(Interlocked.Increment(ref asked) is > 1 and <= 70 ? ScriptedUpstream.Failed(FetchFailureKind.ConnectionFailed) : ScriptedUpstream.Found(id))));

        RunSummary summary = await run.RunAsync();

        Assert.Equal(new OutcomeCounts(100, 0, 0, 0), summary.Counts);
        Assert.InRange(summary.Elapsed.TotalMinutes, 6, 170);
    }

    private static RunFixture Run(string strategy, string ids, ScriptedUpstream upstream, int degree = 8, ManualTimeProvider? clock = null) => new(
        new IngestionOptions { StallTimeout = TimeSpan.Zero, Ids = ids, Strategy = strategy, DegreeOfParallelism = degree }, new UpstreamOptions(), upstream, clock);
}
