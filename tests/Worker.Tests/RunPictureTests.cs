using System.Text.Json;
using Ingestion.Items;
using Ingestion.Runs;
using Ingestion.Runs.Recording;
using Worker.Comparing;
using Worker.Reports;
using Worker.Reports.Pictures;

namespace Worker.Tests;

/// <summary>What one process writes and another reads.</summary>
public sealed class RunPictureTests
{
    private static readonly StageTimes Times = new(Time(1), Time(2), Time(3), Time(4), Time(5));

    [Fact]
    public void A_picture_is_the_same_after_the_way_through_a_file()
    {
        RunRecording recording = new()
        {
            StartedAt = new DateTimeOffset(2026, 11, 23, 14, 20, 0, TimeSpan.Zero),
            Elapsed = Time(500),
            AttemptCount = 2,
            Attempts =
            [
                new RecordedAttempt
                {
                    Key = 7,
                    Attempt = 2,
                    Slot = 3,
                    Enqueued = Time(1),
                    PreviousEnd = Time(2),
                    Begin = Time(3),
                    End = Time(9),
                    BeginThread = 1,
                    EndThread = 2,
                    Outcome = Outcome.Failed,
                    Error = "HTTP 500 \"…\"",
                    Stages = [new RecordedStage(Stage.Gate, Time(3), Time(4), 1, 2), new RecordedStage(Stage.Persist, Time(4), Time(9), 2, 2)],
                },
                new RecordedAttempt { Key = 1, Attempt = 1, Slot = 0, Enqueued = Time(1), Begin = Time(3), End = Time(9), BeginThread = 1, EndThread = 1, Stages = [] },
            ],
            ThreadNames = ["ingestion worker 0", ""],
            Timeline = new Timeline { Interval = Time(5), SlotsPerRow = 2, Slots = [[Times, default], [default, Times]], BeyondSlots = [Times], Ended = [1, 1] },
            StageLatencies = new Dictionary<Stage, LatencyDistribution> { [Stage.Fetch] = new(2, Time(1), Time(2), Time(3), Time(4)), [Stage.Delay] = default },
            AttemptLatency = new LatencyDistribution(2, Time(5), Time(6), Time(7), Time(8)),
            QueueWait = default,
            Samples = [new RunSample(Time(1), 2, 3, 4, 5)],
        };
        RunPicture picture = new(RunJson.From(Runs.Summary() with { TraceId = "0123" }, new ExportedSpans(WhyNotExported: null, 900, 3, 9, 1)), recording);

        string written = JsonSerializer.Serialize(picture, MeasurementJsonContext.Default.RunPicture);
        RunPicture read = JsonSerializer.Deserialize(written, MeasurementJsonContext.Default.RunPicture)!;

        Assert.Equivalent(picture, read, strict: true);
        Assert.Equal(written, JsonSerializer.Serialize(read, MeasurementJsonContext.Default.RunPicture));
    }

    private static TimeSpan Time(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
