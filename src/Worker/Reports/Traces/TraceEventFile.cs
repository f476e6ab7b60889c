namespace Worker.Reports.Traces;

/// <summary>
/// A run in the Trace Event Format, which Perfetto and chrome://tracing read
/// (https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU): a track for each slot, on it an event for each attempt with its
/// stages nested. What runs after the slot was given back has separate tracks.
/// </summary>
internal sealed record TraceEventFile(string DisplayTimeUnit, TraceEventFile.About OtherData, IEnumerable<TraceEventFile.Event> TraceEvents)
{
    public static TraceEventFile Of(RunPicture run)
    {
        RunRecording recording = run.Recording;
        string kept = recording.Attempts.Count < recording.AttemptCount
            ? $"the first {Quantity.Of(recording.Attempts.Count)} of {Quantity.Of(recording.AttemptCount)} attempts"
            : $"all {Quantity.Of(recording.AttemptCount)} attempts";
        TraceTracks tracks = new(recording);
        return new TraceEventFile("ms", new About(run.Summary.RunId, run.Summary.Source, recording.StartedAt, kept),
        [
            Metadata("process_name", 0, ("name", $"{run.Summary.Strategy}, {DrawnRun.Degree(run.Summary)}")),
            Metadata("process_labels", 0, ("labels", kept)),
            // A track is named, and put where its number says.
            .. tracks.Names.SelectMany(track => (Event[])[Metadata("thread_name", track.Track, ("name", track.Name)), Metadata("thread_sort_index", track.Track, ("sort_index", track.Track))]),
            .. recording.Attempts.SelectMany(attempt => Attempt(tracks, attempt)),
            .. recording.Samples.SelectMany(sample => (Event[])
            [
                new Event("in flight", "C", 0, sample.At) { Args = Arguments(("slots in use", sample.InFlight)) },
                new Event("waiting", "C", 0, sample.At) { Args = Arguments(("in the channel", sample.ChannelDepth), ("for a retry", sample.WaitingForRetry)) },
            ]),
        ]);
    }

    private static IEnumerable<Event> Attempt(TraceTracks tracks, RecordedAttempt attempt)
    {
        string name = $"item {attempt.Key}";
        yield return new Event(attempt.Attempt == 1 ? name : $"{name}, attempt {attempt.Attempt}", "X", TraceTracks.OfSlot(attempt.Slot), attempt.Begin, tracks.SlotEnd(attempt), "attempt")
        {
            Args = Arguments(
                ("attempt", attempt.Attempt),
                ("slot", attempt.Slot),
                ("urgent", attempt.IsUrgent ? true : null),
                ("thread", attempt.BeginThread),
                ("endThread", attempt.EndThread),
                ("outcome", attempt.Outcome?.ToString() ?? "none: tried again, or aborted"),
                ("queueWaitMs", (attempt.Begin - attempt.Enqueued).TotalMilliseconds),
                ("retryWaitMs", (attempt.Enqueued - attempt.PreviousEnd)?.TotalMilliseconds),
                ("error", attempt.Error)),
        };
        foreach (RecordedStage stage in attempt.Stages)
        {
            string stageName = stage.Stage.ToString().ToLowerInvariant();
            yield return new Event(tracks.IsInSlot(stage.Stage) ? stageName : $"{stageName} {attempt.Key}", "X", tracks.Of(attempt, stage), stage.Begin, stage.End, "stage")
            {
                Args = Arguments(("thread", stage.BeginThread), ("endThread", stage.EndThread)),
            };
        }

        if (attempt.PreviousEnd is not { } waitedSince)
            yield break;

        // A pair of async events: waits overlap, and have no separate track.
        foreach ((string phase, TimeSpan at) in ((string, TimeSpan)[])[("b", waitedSince), ("e", attempt.Enqueued)])
            yield return new Event($"retry wait of {name}", phase, 0, at, Cat: "retry wait") { Id = $"{attempt.Key}/{attempt.Attempt}" };
    }

    private static Event Metadata(string name, int track, (string Name, object Value) argument) => new(name, "M", track, TimeSpan.Zero) { Args = Arguments(argument) };

    private static Dictionary<string, object> Arguments(params IEnumerable<(string Name, object? Value)> arguments) =>
        arguments.Where(argument => argument.Value is not null).ToDictionary(argument => argument.Name, argument => argument.Value!, StringComparer.Ordinal);

    internal sealed record About(string RunId, string Source, DateTimeOffset StartedAt, string Attempts);

    /// <summary>A single event. Times are whole microseconds, rounded down: what was nested stays nested.</summary>
    internal sealed record Event(string Name, string Ph, int Tid, [property: JsonIgnore] TimeSpan Begin, [property: JsonIgnore] TimeSpan? End = null, string? Cat = null)
    {
        public int Pid { get; } = 1;

        public long Ts => Microseconds(Begin);

        public long? Dur => End is { } end ? Microseconds(end) - Ts : null;

        public string? Id { get; init; }

        public IReadOnlyDictionary<string, object>? Args { get; init; }

        private static long Microseconds(TimeSpan time) => Math.Max(0, time.Ticks / TimeSpan.TicksPerMicrosecond);
    }
}
