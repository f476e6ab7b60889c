namespace Worker.Reports.Pictures;

/// <summary>One run of the page, as its script reads it. Times are whole microseconds.</summary>
/// <param name="Errors">The reasons of failures, which items name by their index; null like threads and items when the grid is drawn.</param>
/// <param name="Traces">The IDs of those that were kept, which items name by their index.</param>
/// <param name="Items">Fixed fields in front, then five numbers for each stage: which, begin and end counted from the begin of the attempt, threads.</param>
/// <param name="Grid">Null when the items are drawn.</param>
/// <param name="Flow">For each stage the items that were in it, on average over each column.</param>
/// <param name="Latencies">A name and five numbers each: count, three percentiles, the longest.</param>
/// <param name="Marks">What happened to the run as a whole: when, what, and true for a change that somebody asked for. Null when nothing did.</param>
internal sealed record DrawnRun(
    string Name, string Caption, IEnumerable<string> Reading, long Elapsed, long Ended, int Limit, long Count, bool Beyond,
    string[]? Errors, IReadOnlyList<string>? Threads, string[]? Traces, IEnumerable<object[]>? Items, DrawnRun.SlotGrid? Grid,
    long Interval, IEnumerable<IEnumerable<double>> Flow, IEnumerable<long[]> Samples, IEnumerable<object[]> Latencies,
    IEnumerable<object[]>? Marks)
{
    /// <summary>More bars than this cannot be told apart, and a page with several such runs would be slow and large: the grid is drawn instead.</summary>
    public const int MaxItemsDrawn = 1_500;

    /// <summary>More lanes than this are too thin to be told apart.</summary>
    private const int MaxLanesDrawn = 64;

    private static readonly Stage[] Stages = Enum.GetValues<Stage>();

    /// <summary>Whether its time axis is its own, from 0 to the end of what was recorded.</summary>
    public bool? Apart { get; init; }

    public static DrawnRun Of(RunPicture run) =>
        Of(run.Recording, run.Summary.Strategy, CaptionOf(run.Summary), ThreadReading.Of(run.Recording), run.Summary.DegreeOfParallelism) with { Elapsed = Microseconds(TimeSpan.FromSeconds(run.Summary.ElapsedSeconds)) };

    /// <summary>What was recorded, without an end of the run.</summary>
    public static DrawnRun Of(RunRecording recording, string name, string caption, IEnumerable<string> reading, int limit)
    {
        Timeline timeline = recording.Timeline;
        bool areItemsDrawn = AreItemsDrawn(recording);
        string[] errors = [.. recording.Attempts.Select(attempt => attempt.Error).OfType<string>().Distinct(StringComparer.Ordinal)];
        string[] traces = [.. recording.Attempts.Select(attempt => attempt.TraceId).OfType<string>().Distinct(StringComparer.Ordinal)];
        return new DrawnRun(
            Name: name,
            Caption: caption,
            Reading: reading,
            Elapsed: 0,
            Ended: Microseconds(recording.Elapsed),
            Limit: limit,
            Count: recording.AttemptCount,
            Beyond: timeline.BeyondSlots.Count > 0,
            Errors: areItemsDrawn ? errors : null,
            Threads: areItemsDrawn ? recording.ThreadNames : null,
            Traces: areItemsDrawn ? traces : null,
            Items: areItemsDrawn ? recording.Attempts.OrderBy(attempt => attempt.Slot).ThenBy(attempt => attempt.Begin).Select(attempt => Item(attempt, errors, traces)) : null,
            Grid: areItemsDrawn ? null : new SlotGrid(
                timeline.SlotsPerRow, timeline.Slots.Count * timeline.SlotsPerRow, timeline.Ended, timeline.Slots.Select(row => Stages.Select(stage => Shares(recording, row, stage)))),
            Interval: Microseconds(timeline.Interval),
            Flow: Stages.Select(stage => Enumerable.Range(0, timeline.Ended.Count).Select(column => InFlight(recording, stage, column))),
            Samples: recording.Samples.Select(sample => (long[])[Microseconds(sample.At), sample.InFlight, sample.ChannelDepth, sample.WaitingForRetry, sample.Limit]),
            Latencies:
            [
                .. Latency("queue wait", recording.QueueWait),
                .. Stages.SelectMany(stage => Latency(stage.ToString().ToLowerInvariant(), recording.StageLatencies.GetValueOrDefault(stage))),
                .. Latency("attempt", recording.AttemptLatency),
            ],
            Marks: recording.Marks.Count == 0 ? null : recording.Marks.Where(mark => mark.At <= recording.Elapsed).Select(mark => (object[])[Microseconds(mark.At), mark.Text, true]));
    }

    /// <summary>Every attempt gets a bar; otherwise the timeline is drawn from the grid.</summary>
    public static bool AreItemsDrawn(RunRecording recording) =>
        recording.AttemptCount <= MaxItemsDrawn && recording.Attempts.Count == recording.AttemptCount
        && recording.Attempts.All(attempt => attempt.Slot < MaxLanesDrawn);

    public static string Degree(RunJson summary) => summary.ConcurrencyLimit is { } limit
        ? $"concurrency limit {Quantity.Of(limit)} found"
        : summary.DegreeOfParallelism == 0 ? "no cap on parallelism" : $"degree of parallelism {Quantity.Of(summary.DegreeOfParallelism)}";

    private static string CaptionOf(RunJson summary)
    {
        string items = summary.Done == summary.Requested ? Quantity.Of(summary.Done, "item") : $"stopped after {Quantity.Of(summary.Done)} of {Quantity.Of(summary.Requested, "item")}";
        string threads = $"{Quantity.Of(summary.MaxInFlight, "slot")} on {Quantity.Of(summary.DistinctThreads, "thread")}";
        return $"{Degree(summary)} · {threads} · {Quantity.Of(TimeSpan.FromSeconds(summary.ElapsedSeconds))} · bound by {summary.BoundBy} · {items}"
            + (summary.Failed > 0 ? $", {Quantity.Of(summary.Failed)} failed" : "")
            + (summary.Retries > 0 ? $" · {Quantity.Of(summary.Retries, "retry", "retries")}" : "");
    }

    public static long Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>An attempt as <see cref="Items"/> has it.</summary>
    /// <param name="open">What is said in place of the outcome of one that goes on.</param>
    public static object[] Item(RecordedAttempt attempt, string[] errors, string[] traces, string open = "still open")
    {
        long begin = Microseconds(attempt.Begin);
        return
        [
            attempt.Key,
            attempt.Attempt,
            attempt.Slot,
            attempt.PreviousEnd is { } previous ? Microseconds(previous) : -1,
            Microseconds(attempt.Enqueued),
            begin,
            Microseconds(attempt.End),
            attempt.BeginThread,
            attempt.EndThread,
            attempt.IsOpen ? open : attempt.Outcome?.ToString() ?? "",
            Array.IndexOf(errors, attempt.Error),
            Array.IndexOf(traces, attempt.TraceId),
            attempt.IsUrgent ? 1 : 0,
            .. attempt.Stages.SelectMany(stage =>
                (object[])[(int)stage.Stage, Microseconds(stage.Begin) - begin, Microseconds(stage.End) - begin, stage.BeginThread, stage.EndThread]),
        ];
    }

    private static object Shares(RunRecording recording, IReadOnlyList<StageTimes> row, Stage stage) => row.All(times => times.Of(stage) == TimeSpan.Zero)
        ? 0
        : row.Select((times, column) => Width(recording, column) is var width && width > TimeSpan.Zero ? (int)Math.Round(100 * (times.Of(stage) / (width * recording.Timeline.SlotsPerRow))) : 0).ToArray();

    private static double InFlight(RunRecording recording, Stage stage, int column)
    {
        TimeSpan width = Width(recording, column);
        return width > TimeSpan.Zero ? Math.Round(recording.Timeline.InStage(stage, column) / width, 2) : 0;
    }

    /// <summary>The time a column stands for: the last one may be over before its interval is.</summary>
    private static TimeSpan Width(RunRecording recording, int column)
    {
        TimeSpan left = recording.Elapsed - (column * recording.Timeline.Interval);
        return left < recording.Timeline.Interval ? left : recording.Timeline.Interval;
    }

    private static IEnumerable<object[]> Latency(string name, LatencyDistribution latency) => latency.Count == 0
        ? []
        : [[name, latency.Count, Microseconds(latency.P50), Microseconds(latency.P90), Microseconds(latency.P99), Microseconds(latency.Max)]];

    /// <summary>What the rows of slots did: for each row and stage the share of the row's time, in per cent by column; 0 in place of a stage the row never was in.</summary>
    internal sealed record SlotGrid(int PerRow, int Slots, IReadOnlyList<long> Ended, IEnumerable<IEnumerable<object>> Rows);
}
