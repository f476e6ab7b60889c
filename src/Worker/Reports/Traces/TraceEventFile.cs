using Ingestion.Runs.Recording;
using Worker.Reports.Pictures;

namespace Worker.Reports.Traces;

/// <summary>
/// Writes a run in the Trace Event Format, which Perfetto and chrome://tracing read
/// (https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU): a track for each slot, on it an event for each attempt with its
/// stages nested. What runs after the slot was given back has tracks of its own.
/// </summary>
internal static class TraceEventFile
{
    public static Task WriteAsync(string path, RunPicture run) => OutputFile.WriteAsync(path, async stream =>
    {
        await using Utf8JsonWriter json = new(stream);
        Write(json, run);
    });

    internal static void Write(Utf8JsonWriter json, RunPicture run)
    {
        RunRecording recording = run.Recording;
        RunReport summary = run.Summary;
        json.WriteStartObject();
        json.WriteString("displayTimeUnit", "ms");
        json.WriteStartObject("otherData");
        json.WriteString("runId", summary.RunId);
        json.WriteString("source", summary.Source);
        json.WriteString("startedAt", recording.StartedAt);
        json.WriteString("attempts", WhatIsKept(recording));
        json.WriteEndObject();
        json.WriteStartArray("traceEvents");
        TraceEvents events = new(json);
        events.NameProcess($"{summary.Strategy}, {RunCaption.Degree(summary)}", WhatIsKept(recording));
        TraceTracks tracks = new(recording);
        foreach ((int track, string name) in tracks.Names)
            events.NameTrack(track, name);
        foreach (RecordedAttempt attempt in recording.Attempts)
            WriteAttempt(events, tracks, attempt);
        foreach (RunSample sample in recording.Samples)
        {
            events.Count("in flight", sample.At, ("slots in use", sample.InFlight));
            events.Count("waiting", sample.At, ("in the channel", sample.ChannelDepth), ("for a retry", sample.WaitingForRetry));
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteAttempt(TraceEvents events, TraceTracks tracks, RecordedAttempt attempt)
    {
        string name = attempt.Attempt == 1 ? $"character {attempt.CharacterId}" : $"character {attempt.CharacterId}, attempt {attempt.Attempt}";
        events.Complete(name, "attempt", TraceTracks.OfSlot(attempt.Slot), attempt.Begin, tracks.SlotEnd(attempt), args =>
        {
            args.WriteNumber("attempt", attempt.Attempt);
            args.WriteNumber("slot", attempt.Slot);
            args.WriteNumber("thread", attempt.BeginThread);
            args.WriteNumber("endThread", attempt.EndThread);
            args.WriteString("outcome", attempt.Outcome?.ToString() ?? "none: tried again, or given up");
            args.WriteNumber("queueWaitMs", (attempt.Begin - attempt.Enqueued).TotalMilliseconds);
            if (attempt.PreviousEnd is { } previous)
                args.WriteNumber("retryWaitMs", (attempt.Enqueued - previous).TotalMilliseconds);
            if (attempt.Error is { } error)
                args.WriteString("error", error);
        });
        foreach (RecordedStage stage in attempt.Stages)
        {
            bool isInSlot = tracks.IsInSlot(stage.Stage);
            string stageName = stage.Stage.ToString().ToLowerInvariant();
            events.Complete(isInSlot ? stageName : $"{stageName} {attempt.CharacterId}", "stage", tracks.Of(attempt, stage), stage.Begin, stage.End, args =>
            {
                args.WriteNumber("thread", stage.BeginThread);
                args.WriteNumber("endThread", stage.EndThread);
            });
        }

        if (attempt.PreviousEnd is { } waitedSince)
            events.Wait($"retry wait of character {attempt.CharacterId}", $"{attempt.CharacterId}/{attempt.Attempt}", waitedSince, attempt.Enqueued);
    }

    private static string WhatIsKept(RunRecording recording) => recording.Attempts.Count < recording.AttemptCount
        ? $"the first {Quantity.Of(recording.Attempts.Count)} of {Quantity.Of(recording.AttemptCount)} attempts"
        : $"all {Quantity.Of(recording.AttemptCount)} attempts";
}
