using Ingestion.Runs;
using Ingestion.Sources;
using Ingestion.Tests.Concurrency;
using Ingestion.Upstream;

namespace Ingestion.Tests.Runs;

/// <summary>A run that is stopped from outside, by whoever and at whatever moment, ends in order.</summary>
public sealed class RunTokenTests
{
    private const int RunStarted = 1000;

    public static TheoryData<string> Parallel => Strategies.Parallel;

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

    private static RunFixture New(string strategy, string ids, UpstreamOptions? upstream = null, Func<int, FetchResult>? answer = null, IItemSource? source = null) => new(
        new IngestionOptions { Ids = ids, Strategy = strategy, DegreeOfParallelism = 4, StallTimeout = TimeSpan.Zero },
        upstream ?? new UpstreamOptions(),
        new ScriptedUpstream((id, _) => answer?.Invoke(id) ?? ScriptedUpstream.Found(id)),
        source: source);
}
