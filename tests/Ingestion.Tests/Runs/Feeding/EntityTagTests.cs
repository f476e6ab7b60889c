using System.Threading.Channels;
using Ingestion.Runs;
using Ingestion.Runs.Feeding;
using Ingestion.Sources;
using Ingestion.Storage;
using Ingestion.Tests.Records;
using Ingestion.Upstream;
using TestSupport.Time;

namespace Ingestion.Tests.Runs.Feeding;

/// <summary>How a run uses the entity tags of what is stored.</summary>
public sealed class EntityTagTests
{
    private static readonly OpenedRun Run = new(Guid.CreateVersion7(), IsResumed: false, default);

    public static TheoryData<string> Strategies => ["Sequential", "Async", "Pipeline"];

    [Theory, MemberData(nameof(Strategies))]
    public async Task What_the_upstream_says_is_the_same_is_unchanged_without_a_record(string strategy)
    {
        using RunFixture run = New(strategy, "1-5", (_, _) => FetchResult.NotModified());
        foreach (int id in Enumerable.Range(1, 5))
            run.Store.EntityTags[id] = $"\"{id}\"";

        RunSummary summary = await run.RunAsync();

        Assert.Equal((5, 5), (summary.Counts.Unchanged, summary.Counts.Total));
        Assert.All(run.Store.Outcomes.Values, entry => Assert.Equal((null, null, 1), (entry.Record, entry.Error, entry.Attempts)));
        Assert.Equal(Enumerable.Range(1, 5).Select(id => (id, $"\"{id}\"")), run.Upstream.Conditional.Order());
    }

    [Fact]
    public async Task An_item_that_is_tried_again_keeps_its_tag()
    {
        using RunFixture run = New("Async", "1", (_, attempt) => attempt == 1 ? ScriptedUpstream.Failed(FetchFailureKind.ServerError, 500) : FetchResult.NotModified());
        run.Store.EntityTags[1] = "\"a\"";

        RunSummary summary = await run.RunAsync();

        Assert.Equal((1, 1), (summary.Counts.Unchanged, summary.Retries));
        Assert.Equal([(1, "\"a\""), (1, "\"a\"")], run.Upstream.Conditional);
    }

    [Fact]
    public async Task The_tag_that_a_record_came_with_is_stored_with_it()
    {
        using RunFixture run = New("Async", "1", (id, _) => FetchResult.Found(CharacterJson.With(character => character["id"] = id), "\"new\""));

        await run.RunAsync();

        Assert.Equal("\"new\"", run.Store.Outcomes[1].EntityTag);
        Assert.NotNull(run.Store.Outcomes[1].Record);
    }

    [Fact]
    public async Task Tags_are_looked_up_in_chunks_of_at_most_a_thousand_and_the_channels_capacity()
    {
        using RunFixture small = New("Async", "1-25", (_, _) => FetchResult.NotModified(), capacity: 10);
        using RunFixture large = New("Async", "1-2500", (_, _) => FetchResult.NotModified(), capacity: 5000);
        small.Store.EntityTags[1] = large.Store.EntityTags[1] = "\"a\"";

        await small.RunAsync();
        await large.RunAsync();

        Assert.Equal([(10, 0), (10, 0), (5, 0)], small.Store.Questions);
        Assert.Equal([(1000, 0), (1000, 0), (500, 0)], large.Store.Questions);
    }

    [Fact]
    public async Task Without_anything_stored_or_with_the_option_off_no_tag_is_looked_up()
    {
        using RunFixture first = New("Async", "1-5", (id, _) => ScriptedUpstream.Found(id));
        using RunFixture off = New("Async", "1-5", (id, _) => ScriptedUpstream.Found(id), isConditional: false);
        off.Store.EntityTags[1] = "\"a\"";

        await first.RunAsync();
        await off.RunAsync();

        Assert.Empty(first.Store.Questions);
        Assert.Empty(off.Store.Questions);
        Assert.Empty(off.Upstream.Conditional);
    }

    [Fact]
    public async Task A_source_that_delivers_slowly_is_not_waited_for_to_fill_a_chunk()
    {
        Channel<int> ids = Channel.CreateUnbounded<int>();
        MemoryRunStore store = new();
        store.EntityTags[1] = "\"a\"";
        using WorkQueue queue = new(100, new ManualTimeProvider());
        using CancellationTokenSource over = new();
        Feeder feeder = new(new ChannelSource(ids.Reader), new SourceDescription("slow", Count: null), Run, store, usesTags: true, queue, channelCapacity: 100);
        Task feeding = feeder.FeedAsync(over.Token);

        ids.Writer.TryWrite(1);
        WorkItem first = await queue.Reader.ReadAsync(TestContext.Current.CancellationToken);
        ids.Writer.TryWrite(2);
        WorkItem second = await queue.Reader.ReadAsync(TestContext.Current.CancellationToken);
        await over.CancelAsync();
        await feeding;

        Assert.Equal([(1, "\"a\""), (2, null)], [(first.Key, first.EntityTag), (second.Key, second.EntityTag)]);
    }

    [Fact]
    public async Task Tags_that_come_while_the_run_goes_on_are_used_although_there_were_none_when_it_began()
    {
        Channel<int> ids = Channel.CreateUnbounded<int>();
        MemoryRunStore store = new();
        using WorkQueue queue = new(100, new ManualTimeProvider());
        using CancellationTokenSource over = new();
        Feeder feeder = new(new ChannelSource(ids.Reader), new SourceDescription("endless", Count: null), Run, store, usesTags: true, queue, channelCapacity: 100);
        Task feeding = feeder.FeedAsync(over.Token);

        ids.Writer.TryWrite(1);
        WorkItem first = await queue.Reader.ReadAsync(TestContext.Current.CancellationToken);
        store.EntityTags[1] = "\"a\"";
        ids.Writer.TryWrite(1);
        WorkItem again = await queue.Reader.ReadAsync(TestContext.Current.CancellationToken);
        await over.CancelAsync();
        await feeding;

        Assert.Equal((null, "\"a\""), (first.EntityTag, again.EntityTag));
        Assert.Equal([(1, 0)], store.Questions);
    }

    private static RunFixture New(string strategy, string ids, Func<int, int, FetchResult> answer, int capacity = 1024, bool isConditional = true) => new(
        new IngestionOptions { Ids = ids, Strategy = strategy, DegreeOfParallelism = strategy == "Sequential" ? 1 : 4, ChannelCapacity = capacity, StallTimeout = TimeSpan.Zero },
        new UpstreamOptions { ConditionalRequests = isConditional },
        new ScriptedUpstream(answer));
}
