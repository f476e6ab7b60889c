using Ingestion.Runs;
using Ingestion.Tests.Concurrency;
using Ingestion.Upstream;

namespace Ingestion.Tests.Runs.Attempts;

/// <summary>However an attempt ends, the memory of its body is free afterwards.</summary>
public sealed class BodyShareTests
{
    private const int Bytes = 1_000;

    public static TheoryData<string> All => Strategies.All;

    [Theory, MemberData(nameof(All))]
    public async Task The_memory_of_a_body_is_held_until_its_attempt_ends(string strategy)
    {
        BodyMemory memory = new(Bytes);
        var upstream = new ScriptedUpstream((id, _) => WithShare(memory, id % 7 == 0 ? FetchResult.Found("no JSON"u8.ToArray()) : ScriptedUpstream.Found(id)))
        {
            Several = ids => WithShare(memory, ids.Contains(13) ? FetchResult.Found("no JSON"u8.ToArray()) : ScriptedUpstream.FoundAll(ids)),
        };
        foreach (int idsPerRequest in (int[])[1, 10])
        {
            using RunFixture run = new(
                new IngestionOptions { Ids = "1-30", Strategy = strategy, DegreeOfParallelism = 4, StallTimeout = TimeSpan.Zero },
                new UpstreamOptions { IdsPerRequest = idsPerRequest, RetryRatio = 1 }, upstream);

            Assert.Equal(30, (await run.RunAsync()).Counts.Total);
            Assert.True(memory.TryTake(Bytes));
            memory.Return(Bytes);
        }
    }

    [Fact]
    public async Task The_memory_of_a_canarys_body_is_free_at_once()
    {
        BodyMemory memory = new(Bytes);
        var upstream = new ScriptedUpstream((id, _) => id <= 80 ? WithShare(memory, ScriptedUpstream.Found(id)) : ScriptedUpstream.Failed(FetchFailureKind.ServerError, 503));
        using RunFixture run = new(
            new IngestionOptions { Ids = "1-100", Strategy = "Async", DegreeOfParallelism = 8, StallTimeout = TimeSpan.Zero }, new UpstreamOptions(), upstream);

        RunSummary summary = await run.RunAsync();

        Assert.Equal((80, 20), (summary.Counts.Ingested, summary.Counts.Failed));
        Assert.True(upstream.Requests.Count(request => request.Id <= 80) > 80, "no canary was asked for");
        Assert.True(memory.TryTake(Bytes));
    }

    private static FetchResult WithShare(BodyMemory memory, FetchResult result)
    {
        BodyShare share = new(memory);
        using AttemptDeadline deadline = new(TimeSpan.FromSeconds(30), TimeProvider.System, CancellationToken.None);
        share.TakeAsync(1, async: false, deadline).AsTask().GetAwaiter().GetResult();
        return FetchResult.Found(result.Body, share: share);
    }
}
