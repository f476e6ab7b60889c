using Ingestion.Items;
using Ingestion.Runs;
using Ingestion.Runs.Recording;
using Worker.Reports;
using Worker.Reports.Pictures;

namespace Worker.EndToEndTests.Pictures;

/// <summary>Runs and reports that never happened. Times are milliseconds.</summary>
internal static class MadeUp
{
    public static ReportDocument Report(params RunPicture[] runs) => new(
        "A made-up report",
        ["Nothing of this happened"],
        runs,
        new ReportDocument.Figures(["figure", "value"], [[new("traces"), new("1", new Uri("http://localhost:16686/trace/1"))], [new("items"), new("2")]]),
        [new ReportDocument.Answer("What it was bound by", ["By imagination."])]);

    public static RunPicture Run(double elapsed, params RecordedAttempt[] attempts) => Run(elapsed, Recording(elapsed, attempts));

    public static RunPicture Run(double elapsed, RunRecording recording) => new(
        RunJson.From(
            Worker.Tests.Runs.Summary(recording.AttemptCount) with { Elapsed = Ms(elapsed), MaxInFlight = 2, DistinctThreads = 3 },
            new ExportedSpans(WhyNotExported: null, 0, 0, 0, 0)),
        recording);

    public static RunRecording Recording(double elapsed, IReadOnlyList<RecordedAttempt> attempts, bool isSlotGivenBack = false) => new()
    {
        StartedAt = new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero),
        Elapsed = attempts.Count == 0 ? TimeSpan.Zero : attempts.Max(attempt => attempt.End),
        AttemptCount = attempts.Count,
        Attempts = attempts,
        ThreadNames = ["ingest-pool-0", "", ".NET TP Worker"],
        Timeline = Grid(attempts.Count == 0 ? 0 : 1, 10, Ms(elapsed / 10), isSlotGivenBack),
        StageLatencies = Enum.GetValues<Stage>().ToDictionary(stage => stage, _ => Latency(attempts.Count)),
        AttemptLatency = Latency(attempts.Count),
        QueueWait = Latency(attempts.Count),
        Samples = attempts.Count == 0 ? [] : [new RunSample(TimeSpan.Zero, 0, 2, 0, 16), new RunSample(Ms(elapsed / 2), 2, 1, 1, 16)],
    };

    /// <summary>A run of which only the grid is drawn, as large as it gets.</summary>
    public static RunRecording LargeRecording(int count, RecordedAttempt attempt, bool isSlotGivenBack = false) =>
        Recording(elapsed: 3_200, [.. Enumerable.Repeat(attempt, 10)], isSlotGivenBack) with
        {
            Elapsed = Ms(3_195),
            AttemptCount = count,
            Timeline = Grid(32, 320, Ms(10), isSlotGivenBack) with { SlotsPerRow = 2 },
            Samples = [.. Enumerable.Range(0, 400).Select(i => new RunSample(Ms(8 * i), 60 + (i % 5), 1_024 - i, i % 7, 64))],
        };

    /// <summary>An attempt that begins with its first stage and ends with its last, on one thread unless a stage says otherwise.</summary>
    public static RecordedAttempt Attempt(int id, int slot, params (Stage Stage, double Begin, double End, int BeginThread, int EndThread)[] stages) => new()
    {
        Key = id,
        Attempt = 1,
        Slot = slot,
        Enqueued = TimeSpan.Zero,
        Begin = Ms(stages[0].Begin),
        End = Ms(stages[^1].End),
        BeginThread = stages[0].BeginThread,
        EndThread = stages[^1].EndThread,
        Outcome = Outcome.Ingested,
        Stages = [.. stages.Select(stage => new RecordedStage(stage.Stage, Ms(stage.Begin), Ms(stage.End), stage.BeginThread, stage.EndThread))],
    };

    public static RecordedAttempt Fetch(int id, int slot, double begin, double end, int thread) => Attempt(id, slot, (Stage.Fetch, begin, end, thread, thread));

    public static TimeSpan Ms(double milliseconds) => TimeSpan.FromMicroseconds(milliseconds * 1_000);

    private static LatencyDistribution Latency(int count) => count == 0 ? default : new(count, Ms(1), Ms(2), Ms(30), Ms(31));

    private static Timeline Grid(int rows, int columns, TimeSpan interval, bool isSlotGivenBack)
    {
        StageTimes[] busy = [.. Enumerable.Range(0, columns).Select(i => new StageTimes(interval / 20, interval * (0.3 + (i % 7 / 20.0)), interval / 10, interval / 20, interval / 5))];
        return new Timeline
        {
            Interval = interval,
            SlotsPerRow = 1,
            Slots = [.. Enumerable.Range(0, rows).Select(_ => busy)],
            BeyondSlots = isSlotGivenBack ? busy : [],
            Ended = [.. Enumerable.Range(0, columns).Select(i => (long)i)],
        };
    }
}
