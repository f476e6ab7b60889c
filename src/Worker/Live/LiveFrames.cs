using System.Buffers;
using System.Text.Encodings.Web;
using Ingestion.Runs;
using Ingestion.Runs.Advice;
using Ingestion.Runs.Recording;
using Worker.Reports;
using Worker.Reports.Pictures;

namespace Worker.Live;

/// <summary>
/// Makes the frames of the live page, as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): one line of JSON each. A frame stands
/// for itself: it has what ended since the one before, all that goes on, and the columns that are over. At most 64 KB a second, whatever happens: what does not fit
/// one by one is in the columns. Used by one thread at a time.
/// </summary>
internal sealed class LiveFrames(IIngestionRunner runner, RecentAttempts recent, TraceViewer viewer)
{
    /// <summary>The most bytes of a frame beside what is said of the run once a second, which takes a tenth of that for each frame.</summary>
    public const int MaxBytes = 5_600;

    /// <summary>More lanes than this, or more attempts in a frame, are not shown one by one.</summary>
    private const int MaxLanes = 64;
    private const int MaxAttempts = 150;

    private const int FramesPerSecond = 10;
    private const int MaxColumns = 8;
    private const int MaxThreads = 64;
    private const int MaxThreadName = 24;
    private const int MaxFailures = 4;
    private const int MomentsKept = 60;

    private static readonly Stage[] Stages = Enum.GetValues<Stage>();

    /// <summary>What is shown goes through a parser and on the page as text: only what ends a line or a string is escaped.</summary>
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Queue<RunMoment> _moments = new(MomentsKept);
    private long _number;
    private long _ended;
    private long _column;

    /// <summary>What happened since the frame before.</summary>
    public ReadOnlyMemory<byte> Next()
    {
        long after = _ended;
        RecentLook look = recent.Look(after, _column, MaxAttempts);
        RunMoment? moment = runner.Moment;
        bool isSecond = _number++ % FramesPerSecond == 0;
        if (isSecond && moment is not null)
            Keep(moment);
        (_ended, _column) = (look.Ended, look.FirstColumn + look.Columns.Ended.Count);
        bool areLanesFew = look.Open?.Concat(look.Attempts ?? []).All(attempt => attempt.Slot < MaxLanes) == true;
        byte[]? frame = areLanesFew ? Write(look, after, moment, isSecond, isEachShown: true, MaxColumns) : null;
        return frame ?? Write(look, after, moment, isSecond, isEachShown: false, MaxColumns)!;
    }

    /// <summary>What happened in the last minute. The frames that come next may have some of it again.</summary>
    /// <param name="isFirst">Nobody was watching so far.</param>
    public ReadOnlyMemory<byte> LastMinute(bool isFirst)
    {
        RecentLook look = recent.LookBack(DrawnRun.MaxItemsDrawn);
        bool isEachShown = look.Open?.Concat(look.Attempts ?? []).All(attempt => attempt.Slot < MaxLanes) == true;
        if (isFirst)
        {
            (_ended, _column) = (look.Ended, look.FirstColumn + look.Columns.Ended.Count);
            _moments.Clear();
        }

        return Write(look, look.Ended - (look.Attempts?.Count ?? 0), runner.Moment, isSecond: true, isEachShown, int.MaxValue)!;
    }

    private void Keep(RunMoment moment)
    {
        if (_moments.TryPeek(out RunMoment? first) && (first.RunId != moment.RunId || _moments.Count == MomentsKept))
            _moments.Dequeue();
        while (_moments.TryPeek(out first) && first.RunId != moment.RunId)
            _moments.Dequeue();
        if (!moment.IsOver)
            _moments.Enqueue(moment);
    }

    /// <summary>Null when it takes too many bytes with each attempt.</summary>
    private byte[]? Write(RecentLook look, long after, RunMoment? moment, bool isSecond, bool isEachShown, int maxColumns)
    {
        ArrayBufferWriter<byte> buffer = new(MaxBytes);
        buffer.Write("data: "u8);
        using (Utf8JsonWriter json = new(buffer, Compact))
        {
            json.WriteStartObject();
            if (isSecond)
                WriteAbout(json, look, moment);
            long about = json.BytesCommitted + json.BytesPending;
            json.WriteNumber("at", DrawnRun.Microseconds(look.At));
            json.WriteNumber("after", after);
            json.WriteNumber("ended", look.Ended);
            if (moment is not null)
                WriteRun(json, moment);
            WriteColumns(json, look, maxColumns);
            if (isEachShown)
                WriteAttempts(json, look);
            json.WriteEndObject();
            if (isEachShown && maxColumns == MaxColumns && json.BytesCommitted + json.BytesPending - about > MaxBytes)
                return null;
        }

        buffer.Write("\n\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private void WriteAbout(Utf8JsonWriter json, RecentLook look, RunMoment? moment)
    {
        json.WriteStartObject("about");
        json.WriteNumber("began", DrawnRun.Microseconds(moment?.StartedAt ?? default));
        json.WriteString("strategy", moment?.Strategy);
        json.WriteString("source", moment is { Source.Length: > RecentAttempts.MaxReasonLength } ? moment.Source[..RecentAttempts.MaxReasonLength] : moment?.Source);
        RunAdvice? advice = moment is { IsOver: false } ? RunMoment.Advise([.. _moments]) : null;
        json.WriteString("boundBy", advice is null ? null : RunReport.NameOf(advice.BoundBy));
        WriteTexts(json, "advice", advice?.Sentences ?? []);
        WriteTexts(json, "threads", (moment?.ThreadNames ?? []).Take(MaxThreads).Select(name => name.Length > MaxThreadName ? name[..MaxThreadName] : name));
        json.WriteString("traceLink", moment is null ? null : viewer.TraceLink(moment.RunId));
        json.WriteStartArray("failures");
        foreach (RecentFailure failure in look.Failures.Take(MaxFailures))
        {
            json.WriteStartArray();
            json.WriteStringValue(failure.Reason);
            json.WriteNumberValue(failure.Count);
            json.WriteStringValue(failure.Key.ToString());
            json.WriteNumberValue(DrawnRun.Microseconds(failure.At));
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteRun(Utf8JsonWriter json, RunMoment moment)
    {
        json.WriteStartObject("run");
        json.WriteString("id", moment.RunId);
        json.WriteNumber("elapsed", DrawnRun.Microseconds(moment.Sample.At));
        json.WriteBoolean("over", moment.IsOver);
        if (moment.Requested is { } requested)
            json.WriteNumber("requested", requested);
        WriteNumbers(json, "counts", [moment.Counts.Ingested, moment.Counts.Unchanged, moment.Counts.NotFound, moment.Counts.Failed]);
        json.WriteNumber("retries", moment.Retries);
        json.WriteNumber("inFlight", moment.Sample.InFlight);
        json.WriteNumber("limit", moment.Sample.Limit);
        json.WriteNumber("depth", moment.Sample.ChannelDepth);
        json.WriteNumber("capacity", moment.ChannelCapacity);
        json.WriteNumber("waiting", moment.Sample.WaitingForRetry);
        json.WriteNumber("closedFor", DrawnRun.Microseconds(moment.GateClosedFor));
        if (moment.GateReason is { } reason)
            json.WriteString("gate", reason.Length > RecentAttempts.MaxReasonLength ? reason[..RecentAttempts.MaxReasonLength] : reason);
        if (moment.Sample.IsStorageAway)
            json.WriteBoolean("away", true);
        json.WriteEndObject();
    }

    /// <summary>For each column: what ended, how many items were in each stage on average, and for each row of slots the shares of the stages in per cent.</summary>
    private static void WriteColumns(Utf8JsonWriter json, RecentLook look, int most)
    {
        Timeline timeline = look.Columns;
        int skipped = Math.Max(0, timeline.Ended.Count - most);
        json.WriteNumber("first", look.FirstColumn + skipped);
        json.WriteNumber("perRow", timeline.SlotsPerRow);
        json.WriteBoolean("beyond", timeline.BeyondSlots.Count > 0);
        json.WriteStartArray("columns");
        for (int column = skipped; column < timeline.Ended.Count; column++)
        {
            json.WriteStartArray();
            json.WriteNumberValue(timeline.Ended[column]);
            json.WriteStartArray();
            foreach (Stage stage in Stages)
                json.WriteNumberValue(Math.Round(timeline.InStage(stage, column) / timeline.Interval, 2));
            json.WriteEndArray();
            json.WriteStartArray();
            foreach (IReadOnlyList<StageTimes> row in timeline.Slots)
                WriteShares(json, row[column], timeline.Interval * timeline.SlotsPerRow);
            json.WriteEndArray();
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static void WriteShares(Utf8JsonWriter json, StageTimes times, TimeSpan all)
    {
        if (times.Total == TimeSpan.Zero)
        {
            json.WriteNumberValue(0);
            return;
        }

        json.WriteStartArray();
        foreach (Stage stage in Stages)
            json.WriteNumberValue((int)Math.Round(100 * (times.Of(stage) / all)));
        json.WriteEndArray();
    }

    private static void WriteAttempts(Utf8JsonWriter json, RecentLook look)
    {
        string[] errors = [.. look.Attempts!.Select(attempt => attempt.Error).OfType<string>().Distinct(StringComparer.Ordinal)];
        WriteTexts(json, "errors", errors);
        string[] traces = [.. look.Attempts!.Select(attempt => attempt.TraceId).OfType<string>().Distinct(StringComparer.Ordinal)];
        WriteTexts(json, "traces", traces);
        foreach ((string name, IReadOnlyList<RecordedAttempt> attempts) in (ReadOnlySpan<(string, IReadOnlyList<RecordedAttempt>)>)[("items", look.Attempts!), ("open", look.Open!)])
        {
            json.WriteStartArray(name);
            foreach (RecordedAttempt attempt in attempts)
                JsonSerializer.Serialize(json, DrawnRun.Item(attempt, errors, traces), DrawingJsonContext.Default.ObjectArray);
            json.WriteEndArray();
        }
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, ReadOnlySpan<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (long number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }
}
