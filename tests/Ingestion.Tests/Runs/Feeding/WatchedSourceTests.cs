using System.Runtime.CompilerServices;
using Ingestion.Configuration;
using Ingestion.Items;
using Ingestion.Runs;
using Ingestion.Runs.Feeding;
using Ingestion.Sources;
using Ingestion.Upstream;

namespace Ingestion.Tests.Runs.Feeding;

public sealed class WatchedSourceTests
{
    [Theory]
    [InlineData("Async", true)]
    [InlineData("Pipeline", false)]
    [InlineData("ThreadPool", false)]
    public async Task What_a_source_delivered_before_it_could_not_go_on_is_finished_retries_included(string strategy, bool conditional)
    {
        IngestionConfigurationException reason = new("line 4 is no key");
        ScriptedUpstream upstream = new((id, request) => id == 2 && request < 3 ? ScriptedUpstream.Failed(FetchFailureKind.ServerError) : ScriptedUpstream.Found(id));
        using RunFixture run = new(
            new IngestionOptions { Strategy = strategy, StallTimeout = TimeSpan.Zero }, new UpstreamOptions { ConditionalRequests = conditional }, upstream, source: new Failing(3, reason));

        RunSummary summary = await run.RunAsync();

        Assert.Same(reason, summary.SourceProblem);
        Assert.False(summary.IsComplete);
        Assert.Equal([1, 2, 3], run.Store.Outcomes.Keys.Select(key => (int)key.Number).Order());
        Assert.Equal(3, summary.Counts.Ingested);
    }

    [Fact]
    public async Task Everything_but_the_end_is_the_source_itself()
    {
        Failing failing = new(1, new IngestionUnavailableException("gone"));
        WatchedSource source = new(failing);

        await source.SettleAsync(new SourceItem(7), Outcome.Failed, "why");
        await source.EndAsync();

        Assert.Equal(["7 Failed why", "end"], failing.Told);
        Assert.Equal(("failing", false), ((await source.DescribeAsync(CancellationToken.None)).Name, source.HasEnd));
    }

    private sealed class Failing(int count, Exception reason) : IItemSource
    {
        public List<string> Told { get; } = [];

        public bool HasEnd => false;

        public Task<SourceDescription> DescribeAsync(CancellationToken cancellationToken) => Task.FromResult(new SourceDescription("failing", null) { IsEstimate = true });

        public async IAsyncEnumerable<SourceItem> ReadAsync(SourceDescription description, [EnumeratorCancellation] CancellationToken stopReading)
        {
            for (int id = 1; id <= count; id++)
                yield return new SourceItem(id);
            await Task.Yield();
            throw reason;
        }

        public ValueTask SettleAsync(SourceItem item, Outcome outcome, string? reason)
        {
            if (reason is not null)
                Told.Add($"{item.Key} {outcome} {reason}");
            return ValueTask.CompletedTask;
        }

        public ValueTask EndAsync()
        {
            Told.Add("end");
            return ValueTask.CompletedTask;
        }
    }
}
