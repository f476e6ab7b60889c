using Ingestion.Concurrency;
using Ingestion.Items;
using Ingestion.Runs;
using Ingestion.Runs.Advice;
using Ingestion.Runs.Recording;
using Ingestion.Upstream;
using TestSupport.Time;

namespace Ingestion.Tests.Runs.Recording;

/// <summary>What the picture of a run must show of its strategy. A run of 40 with answers that take 10 ms, on a clock moved by hand.</summary>
public sealed class RecordedRunTests
{
    private const int Items = 40;
    private const int Degree = 4;
    private static readonly TimeSpan Answer = TimeSpan.FromMilliseconds(10);

    public static TheoryData<string> Strategies => [.. StrategyCatalog.All.Select(strategy => strategy.Name)];

    [Theory, MemberData(nameof(Strategies))]
    public async Task Stages_follow_each_other_within_their_attempt(string strategy)
    {
        RunRecording run = await RecordAsync(strategy);

        Assert.Equal(Enumerable.Range(1, Items), run.Attempts.Select(attempt => (int)attempt.Key.Number).Order());
        Assert.All(run.Attempts, attempt =>
        {
            Assert.True(attempt.Enqueued <= attempt.Begin, "an attempt began before its item was in the channel");
            TimeSpan at = attempt.Begin;
            foreach (RecordedStage stage in attempt.Stages)
            {
                Assert.True(at <= stage.Begin && stage.Begin <= stage.End, $"{stage} begins before the one ahead of it has ended, or ends before it begins");
                at = stage.End;
            }

            Assert.True(at <= attempt.End, "a stage outlives its attempt");
            Assert.Equal([Stage.Fetch, Stage.Transform, Stage.Persist], attempt.Stages.Select(stage => stage.Stage).Where(stage => stage != Stage.Gate));
            Assert.True(attempt.Stages.Single(stage => stage.Stage == Stage.Fetch) is var fetch && fetch.End - fetch.Begin >= Answer, "a fetch is shorter than its answer took");
            Assert.Equal(Outcome.Ingested, attempt.Outcome);
        });
        Assert.Equal(Items, run.StageLatencies[Stage.Persist].Count);
        Assert.Equal(run.Attempts.Select(attempt => attempt.End).Order(), run.Attempts.Select(attempt => attempt.End));
    }

    [Theory, MemberData(nameof(Strategies))]
    public async Task Slots_are_as_many_as_promised_and_none_has_two_items_at_once(string strategy)
    {
        RunRecording run = await RecordAsync(strategy);

        int slots = strategy == "Sequential" ? 1 : Degree;
        Assert.Equal(Enumerable.Range(0, slots), run.Attempts.Select(attempt => attempt.Slot).Distinct().Order());
        Assert.All(run.Attempts.GroupBy(attempt => attempt.Slot), slot =>
        {
            TimeSpan free = TimeSpan.Zero;
            foreach (RecordedAttempt attempt in slot.OrderBy(attempt => attempt.Begin).ThenBy(attempt => attempt.End))
            {
                Assert.True(attempt.Begin >= free, "two items were in one slot at once");
                free = IsBeyondSlot(strategy) ? attempt.Stages.Single(stage => stage.Stage == Stage.Fetch).End : attempt.End;
            }
        });
    }

    [Fact]
    public async Task Sequential_stays_in_one_slot_on_one_thread()
    {
        RunRecording run = await RecordAsync("Sequential");

        Assert.Equal([1], Threads(run));
        Assert.Equal(["ingest-sequential"], run.ThreadNames);
    }

    [Fact]
    public async Task An_event_loop_runs_everything_on_its_thread_while_items_overlap()
    {
        RunRecording run = await RecordAsync("EventLoop");

        Assert.Equal([1], Threads(run));
        Assert.Equal(["ingest-loop"], run.ThreadNames);
        Assert.Contains(run.Attempts, one => run.Attempts.Any(other => other.Slot != one.Slot && other.Begin < one.End && one.Begin < other.End));
    }

    [Fact]
    public async Task A_thread_pool_has_a_thread_for_each_slot_and_no_item_moves()
    {
        RunRecording run = await RecordAsync("ThreadPool");

        Assert.Equal(Enumerable.Range(1, Degree), Threads(run));
        Assert.All(run.Attempts, AssertStays);
        Assert.Equal(Enumerable.Range(0, Degree).Select(number => $"ingest-pool-{number}"), run.ThreadNames.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_thread_per_item_is_a_new_one_each_time_and_none_moves()
    {
        RunRecording run = await RecordAsync("ThreadPerItem");

        Assert.Equal(Enumerable.Range(1, Items), run.Attempts.Select(attempt => attempt.BeginThread).Order());
        Assert.All(run.Attempts, AssertStays);
        Assert.All(run.Attempts, attempt => Assert.Equal($"ingest-item-{attempt.Key.Number - 1}", run.ThreadNames[attempt.BeginThread - 1]));
    }

    [Theory, MemberData(nameof(Strategies))]
    public async Task A_timeline_has_all_stages_and_those_of_a_pipeline_beyond_its_slots(string strategy)
    {
        RunRecording run = await RecordAsync(strategy);

        TimeSpan inSlots = Fetched(run.Timeline.Slots.SelectMany(row => row));
        Assert.Equal(Sum(run, Stage.Fetch), inSlots);
        Assert.Equal(IsBeyondSlot(strategy) ? run.Timeline.Ended.Count : 0, run.Timeline.BeyondSlots.Count);
        Assert.Equal(IsBeyondSlot(strategy) ? Sum(run, Stage.Persist) : TimeSpan.Zero, run.Timeline.BeyondSlots.Aggregate(TimeSpan.Zero, (sum, cell) => sum + cell.Persist));
        Assert.Equal(Items, run.Timeline.Ended.Sum());
    }

    [Fact]
    public async Task A_pipeline_transforms_on_threads_of_its_own()
    {
        RunRecording run = await RecordAsync("Pipeline");

        Assert.All(
            run.Attempts.SelectMany(attempt => attempt.Stages).Where(stage => stage.Stage == Stage.Transform),
            stage => Assert.StartsWith("ingest-transform-", run.ThreadNames[stage.BeginThread - 1], StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_item_that_is_tried_again_says_when_it_failed_and_when_it_came_back()
    {
        ManualTimeProvider clock = new();
        using RunFixture run = new(
            new IngestionOptions { StallTimeout = TimeSpan.Zero, Ids = "1", Strategy = "Async" },
            new UpstreamOptions(),
            new ScriptedUpstream((id, request) => request == 1 ? ScriptedUpstream.Failed(FetchFailureKind.ServerError, 500) : ScriptedUpstream.Found(id)),
            clock, isRecording: true);

        RunRecording recording = (await run.RunAsync()).Recording!;

        Assert.Equal([1, 2], recording.Attempts.Select(attempt => attempt.Attempt));
        (RecordedAttempt first, RecordedAttempt second) = (recording.Attempts[0], recording.Attempts[1]);
        Assert.Equal((null, null, "some ServerError"), (first.PreviousEnd, first.Outcome, first.Error));
        Assert.Equal((first.End, null), (second.PreviousEnd!.Value, second.Error));
        Assert.True(second.Enqueued > first.End, "the wait for the retry is missing");
        Assert.True(second.Begin >= second.Enqueued, "an attempt began before its item was back in the channel");
    }

    [Fact]
    public async Task A_run_that_nobody_asked_to_record_is_not_recorded()
    {
        using RunFixture run = new(new IngestionOptions { StallTimeout = TimeSpan.Zero, Ids = "1" }, new UpstreamOptions(), new ScriptedUpstream((id, _) => ScriptedUpstream.Found(id)));

        Assert.Null((await run.RunAsync()).Recording);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Its_advice_knows_whether_the_database_was_away(bool isAway)
    {
        using RunFixture run = new(
            new IngestionOptions { StallTimeout = TimeSpan.Zero, Ids = "1-10" }, new UpstreamOptions(),
            new ScriptedUpstream((id, request) => request == 1 ? ScriptedUpstream.Failed(FetchFailureKind.ServerError, 500) : ScriptedUpstream.Found(id)));
        if (isAway)
            run.Storage.ReportUnreachable("gone");

        RunSummary summary = await run.RunAsync();

        Assert.Equal(isAway, summary.Advice.WhySilent == Silence.DatabaseAway);
    }

    private static async Task<RunRecording> RecordAsync(string strategy)
    {
        ManualTimeProvider clock = new();
        int waiting = 0;
        using RunFixture run = new(
            new IngestionOptions { StallTimeout = TimeSpan.Zero, Ids = $"1-{Items}", Strategy = strategy, DegreeOfParallelism = Degree },
            new UpstreamOptions(),
            new ScriptedUpstream(async (_, id, abort) =>
            {
                Task delay = Task.Delay(Answer, clock, abort);
                Interlocked.Increment(ref waiting);
                await delay;
                return ScriptedUpstream.Found(id);
            }),
            clock, isRecording: true);
        Task<RunSummary> going = run.StartAsync();
        int slots = strategy == "Sequential" ? 1 : Degree;
        for (int asked = slots; asked <= Items; asked += slots)
        {
            RunFixture.Until(() => Volatile.Read(ref waiting) == asked, "a request in every slot");
            clock.Advance(Answer);
        }

        return (await run.FinishAsync(going)).Recording ?? throw new InvalidOperationException("the run was not recorded");
    }

    private static void AssertStays(RecordedAttempt attempt) =>
        Assert.All(attempt.Stages, stage => Assert.Equal((attempt.BeginThread, attempt.BeginThread, attempt.EndThread), (stage.BeginThread, stage.EndThread, attempt.BeginThread)));

    private static bool IsBeyondSlot(string strategy) => strategy is "Pipeline" or "Adaptive";

    private static int[] Threads(RunRecording run) =>
    [
        .. run.Attempts.SelectMany(attempt => attempt.Stages.SelectMany(stage => new[] { stage.BeginThread, stage.EndThread }).Append(attempt.BeginThread).Append(attempt.EndThread)).Distinct().Order(),
    ];

    private static TimeSpan Fetched(IEnumerable<StageTimes> cells) => cells.Aggregate(TimeSpan.Zero, (sum, cell) => sum + cell.Fetch);

    private static TimeSpan Sum(RunRecording run, Stage wanted) =>
        run.Attempts.SelectMany(attempt => attempt.Stages).Where(stage => stage.Stage == wanted).Aggregate(TimeSpan.Zero, (sum, stage) => sum + (stage.End - stage.Begin));
}
