using Ingestion.Runs;
using Ingestion.Runs.Recording;

namespace Worker.Reports.Pictures;

/// <summary>One run of the page. Times are whole microseconds.</summary>
internal static class RunJson
{
    /// <summary>More bars than this cannot be told apart, and a page with several such runs would be slow and large: the grid is drawn instead.</summary>
    public const int MaxItemsDrawn = 1_500;

    /// <summary>More lanes than this are too thin to be told apart.</summary>
    public const int MaxLanesDrawn = 64;

    public static void Write(Utf8JsonWriter json, RunPicture run)
    {
        RunRecording recording = run.Recording;
        json.WriteStartObject();
        json.WriteString("name", run.Summary.Strategy);
        json.WriteString("caption", RunCaption.Of(run));
        ReportJson.WriteTexts(json, "reading", ThreadReading.Of(recording));
        json.WriteNumber("elapsed", Microseconds(TimeSpan.FromSeconds(run.Summary.ElapsedSeconds)));
        json.WriteNumber("ended", Microseconds(recording.Elapsed));
        json.WriteNumber("limit", run.Summary.DegreeOfParallelism);
        json.WriteNumber("count", recording.AttemptCount);
        json.WriteBoolean("beyond", recording.Timeline.BeyondSlots.Count > 0);
        if (AreItemsDrawn(recording))
            WriteItems(json, recording);
        else
            GridJson.WriteRows(json, recording);
        GridJson.WriteFlow(json, recording);
        WriteSamples(json, recording);
        WriteLatencies(json, recording);
        json.WriteEndObject();
    }

    /// <summary>Every attempt gets a bar; otherwise the timeline is drawn from the grid.</summary>
    public static bool AreItemsDrawn(RunRecording recording) =>
        recording.AttemptCount <= MaxItemsDrawn && recording.Attempts.Count == recording.AttemptCount
        && recording.Attempts.All(attempt => attempt.Slot < MaxLanesDrawn);

    public static long Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;

    private static void WriteItems(Utf8JsonWriter json, RunRecording recording)
    {
        string[] errors = [.. recording.Attempts.Select(attempt => attempt.Error).OfType<string>().Distinct(StringComparer.Ordinal)];
        Dictionary<string, int> indexOf = errors.Index().ToDictionary(error => error.Item, error => error.Index, StringComparer.Ordinal);
        ReportJson.WriteTexts(json, "errors", errors);
        ReportJson.WriteTexts(json, "threads", recording.ThreadNames);
        json.WriteStartArray("items");
        foreach (RecordedAttempt attempt in recording.Attempts.OrderBy(attempt => attempt.Slot).ThenBy(attempt => attempt.Begin))
            WriteItem(json, attempt, attempt.Error is { } error ? indexOf[error] : -1);
        json.WriteEndArray();
    }

    /// <summary>Fixed fields in front, then five numbers for each stage: which, begin and end counted from the begin of the attempt, threads.</summary>
    private static void WriteItem(Utf8JsonWriter json, RecordedAttempt attempt, int error)
    {
        long begin = Microseconds(attempt.Begin);
        json.WriteStartArray();
        json.WriteNumberValue(attempt.CharacterId);
        json.WriteNumberValue(attempt.Attempt);
        json.WriteNumberValue(attempt.Slot);
        json.WriteNumberValue(attempt.PreviousEnd is { } previous ? Microseconds(previous) : -1);
        json.WriteNumberValue(Microseconds(attempt.Enqueued));
        json.WriteNumberValue(begin);
        json.WriteNumberValue(Microseconds(attempt.End));
        json.WriteNumberValue(attempt.BeginThread);
        json.WriteNumberValue(attempt.EndThread);
        json.WriteStringValue(attempt.Outcome?.ToString() ?? "");
        json.WriteNumberValue(error);
        foreach (RecordedStage stage in attempt.Stages)
        {
            json.WriteNumberValue((int)stage.Stage);
            json.WriteNumberValue(Microseconds(stage.Begin) - begin);
            json.WriteNumberValue(Microseconds(stage.End) - begin);
            json.WriteNumberValue(stage.BeginThread);
            json.WriteNumberValue(stage.EndThread);
        }

        json.WriteEndArray();
    }

    private static void WriteSamples(Utf8JsonWriter json, RunRecording recording)
    {
        json.WriteStartArray("samples");
        foreach (RunSample sample in recording.Samples)
        {
            json.WriteStartArray();
            json.WriteNumberValue(Microseconds(sample.At));
            json.WriteNumberValue(sample.InFlight);
            json.WriteNumberValue(sample.ChannelDepth);
            json.WriteNumberValue(sample.WaitingForRetry);
            json.WriteNumberValue(sample.Limit);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static void WriteLatencies(Utf8JsonWriter json, RunRecording recording)
    {
        json.WriteStartArray("latencies");
        WriteLatency(json, "queue wait", recording.QueueWait);
        foreach (Stage stage in Enum.GetValues<Stage>())
            WriteLatency(json, stage.ToString().ToLowerInvariant(), recording.StageLatencies.GetValueOrDefault(stage));
        WriteLatency(json, "attempt", recording.AttemptLatency);
        json.WriteEndArray();
    }

    private static void WriteLatency(Utf8JsonWriter json, string name, LatencyDistribution latency)
    {
        if (latency.Count == 0)
            return;

        json.WriteStartArray();
        json.WriteStringValue(name);
        json.WriteNumberValue(latency.Count);
        foreach (TimeSpan time in (ReadOnlySpan<TimeSpan>)[latency.P50, latency.P90, latency.P99, latency.Max])
            json.WriteNumberValue(Microseconds(time));
        json.WriteEndArray();
    }
}
