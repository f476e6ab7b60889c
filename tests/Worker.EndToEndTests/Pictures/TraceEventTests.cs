using System.Text.Json;
using Ingestion.Items;
using Ingestion.Runs;
using Ingestion.Runs.Recording;

namespace Worker.EndToEndTests.Pictures;

public sealed class TraceEventTests
{
    private static readonly RecordedAttempt[] Attempts =
    [
        MadeUp.Attempt(1, 0, (Stage.Fetch, 0, 100.0006, 1, 2), (Stage.Transform, 100.0006, 100.0009, 2, 2), (Stage.Persist, 100.001, 300, 2, 3)),
        MadeUp.Attempt(2, 1, (Stage.Fetch, 0, 50, 1, 1)) with { Outcome = null, Error = "HTTP 503" },
        MadeUp.Attempt(2, 1, (Stage.Fetch, 250, 290, 1, 1), (Stage.Transform, 290, 295, 2, 2), (Stage.Persist, 295, 400, 2, 3)) with
        {
            IsUrgent = true, Attempt = 2, PreviousEnd = MadeUp.Ms(50), Enqueued = MadeUp.Ms(200), Outcome = Outcome.Unchanged,
        },
    ];

    [Fact]
    public void Each_attempt_is_an_event_on_the_track_of_its_slot_with_its_stages_nested()
    {
        TraceFile trace = TraceFile.Of(MadeUp.Run(400, Attempts));

        Assert.Equal(["item 1", "item 2", "item 2, attempt 2"], trace.Complete("attempt").Select(e => e.Name));
        Assert.Equal(7, trace.Complete("stage").Count());
        Assert.Equal(["slot 0", "slot 1"], trace.TrackNames);
        Assert.Empty(trace.Overlaps());
    }

    [Fact]
    public void The_waits_and_threads_of_an_attempt_stand_in_its_arguments()
    {
        TraceFile trace = TraceFile.Of(MadeUp.Run(400, Attempts));
        JsonElement arguments = trace.Events.Single(e => e.GetProperty("name").GetString() == "item 2, attempt 2").GetProperty("args");

        Assert.Equal(150, arguments.GetProperty("retryWaitMs").GetDouble());
        Assert.Equal(50, arguments.GetProperty("queueWaitMs").GetDouble());
        Assert.Equal((1, 3), (arguments.GetProperty("thread").GetInt32(), arguments.GetProperty("endThread").GetInt32()));
        Assert.Equal("Unchanged", arguments.GetProperty("outcome").GetString());
        Assert.True(arguments.GetProperty("urgent").GetBoolean());
        Assert.Equal(["b", "e"], trace.Events.Where(e => e.GetProperty("name").GetString() == "retry wait of item 2").Select(e => e.GetProperty("ph").GetString()));
    }

    [Fact]
    public void Stages_beyond_the_slot_have_tracks_of_their_own()
    {
        RecordedAttempt[] attempts =
        [
            MadeUp.Attempt(1, 0, (Stage.Fetch, 0, 100, 1, 1), (Stage.Transform, 100, 200, 7, 7), (Stage.Persist, 200, 500, 1, 1)),
            MadeUp.Attempt(2, 0, (Stage.Fetch, 100, 200, 1, 1), (Stage.Transform, 200, 300, 7, 7), (Stage.Persist, 300, 500, 1, 1)),
            MadeUp.Attempt(3, 0, (Stage.Fetch, 200, 300, 1, 1), (Stage.Transform, 300, 600, 8, 8), (Stage.Persist, 600, 700, 1, 1)),
        ];

        TraceFile trace = TraceFile.Of(MadeUp.Run(700, MadeUp.Recording(700, attempts, isSlotGivenBack: true)));

        Assert.Equal(["slot 0", "transform, thread 7", "transform, thread 8", "persist 0", "persist 1"], trace.TrackNames);
        Assert.Empty(trace.Overlaps());
    }

    [Fact]
    public void Samples_are_counters_and_what_was_not_kept_is_said()
    {
        TraceFile trace = TraceFile.Of(MadeUp.Run(3_200, MadeUp.LargeRecording(1_000_000, Attempts[0])));

        Assert.Equal(800, trace.Events.Count(e => e.GetProperty("ph").GetString() == "C"));
        Assert.Equal("the first 10 of 1,000,000 attempts", trace.Root.GetProperty("otherData").GetProperty("attempts").GetString());
    }

    [Fact]
    public void A_run_without_attempts_is_a_trace_without_events() =>
        Assert.All(TraceFile.Of(MadeUp.Run(0)).Events, e => Assert.Equal("M", e.GetProperty("ph").GetString()));
}
