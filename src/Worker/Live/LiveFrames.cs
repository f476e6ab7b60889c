using System.Text.Encodings.Web;
using Ingestion.Runs.Advice;

namespace Worker.Live;

/// <summary>
/// Makes the frames of the live page, as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): one line of JSON each. A frame stands
/// for itself: it has what ended since the one before, all that goes on, and the columns that are over. At most 64 KB a second, whatever happens: what does not fit
/// one by one is in the columns. Used by one thread at a time.
/// </summary>
internal sealed class LiveFrames(IIngestionRunner runner, RecentAttempts recent, TraceViewer viewer, RunControl run, LiveControl? control = null)
{
    /// <summary>The most bytes of a frame, beside what is said once a second.</summary>
    public const int MaxBytes = 5_600;

    /// <summary>More lanes than this, or more attempts in a frame, are not shown one by one.</summary>
    private const int MaxLanes = 64;
    private const int MaxAttempts = 150;

    private const int FramesPerSecond = 10;
    private const int MaxColumns = 8;
    private const int MaxThreads = 64;
    private const int MaxThreadName = 24;
    private const int MaxFailures = 4;
    private const int MaxMarks = 20;
    private const int MomentsKept = 60;

    /// <summary>The page parses it and shows it as text: only what ends a line or a string is escaped.</summary>
    private static readonly DrawingJsonContext Json = new(new JsonSerializerOptions(DrawingJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private readonly Queue<RunMoment> _moments = new(MomentsKept);
    private long _number;
    private long _ended;
    private long _column;

    /// <summary>What happened since the frame before.</summary>
    public ReadOnlyMemory<byte> Next()
    {
        RecentLook look = recent.Look(_ended, _column, MaxAttempts);
        RunMoment? moment = runner.Moment;
        bool isSecond = _number++ % FramesPerSecond == 0;
        if (isSecond)
            Keep(moment);
        LiveFrame frame = Frame(look, _ended, moment, isSecond, MaxColumns);
        MoveTo(look);
        byte[] bytes = Write(frame);
        int about = frame.About is null ? 0 : JsonSerializer.SerializeToUtf8Bytes(frame.About, Json.Slowly).Length;
        return bytes.Length - about <= MaxBytes ? bytes : Write(frame with { Errors = null, Items = null, Open = null });
    }

    /// <summary>What happened in the last minute. The frames that come next may have some of it again.</summary>
    /// <param name="isFirst">Nobody was watching so far.</param>
    public ReadOnlyMemory<byte> LastMinute(bool isFirst)
    {
        RecentLook look = recent.LookBack(DrawnRun.MaxItemsDrawn);
        if (isFirst)
        {
            MoveTo(look);
            _moments.Clear();
        }

        return Write(Frame(look, look.Ended - (look.Attempts?.Count ?? 0), runner.Moment, isSecond: true, int.MaxValue));
    }

    private void MoveTo(RecentLook look) => (_ended, _column) = (look.Ended, look.FirstColumn + look.Columns.Ended.Count);

    /// <summary>Moments of the run that goes on, one a second, for a minute.</summary>
    private void Keep(RunMoment? moment)
    {
        while (_moments.TryPeek(out RunMoment? first) && (first.RunId != moment?.RunId || _moments.Count == MomentsKept))
            _moments.Dequeue();
        if (moment is { IsOver: false })
            _moments.Enqueue(moment);
    }

    private LiveFrame Frame(RecentLook look, long after, RunMoment? moment, bool isSecond, int maxColumns)
    {
        int skipped = Math.Max(0, look.Columns.Ended.Count - maxColumns);
        LiveFrame frame = new(
            DrawnRun.Microseconds(look.At), after, look.Ended, isSecond ? About(look, moment) : null, moment is null ? null : Now(moment),
            look.FirstColumn + skipped, look.Columns.SlotsPerRow, look.Columns.BeyondSlots.Count > 0,
            Enumerable.Range(skipped, look.Columns.Ended.Count - skipped).Select(column => LiveFrame.Column(look.Columns, column)));
        if (look is not { Attempts: { } attempts, Open: { } open } || attempts.Concat(open).Any(attempt => attempt.Slot >= MaxLanes))
            return frame;

        string[] errors = [.. attempts.Select(attempt => attempt.Error).OfType<string>().Distinct(StringComparer.Ordinal)];
        string[] traces = [.. attempts.Select(attempt => attempt.TraceId).OfType<string>().Distinct(StringComparer.Ordinal)];
        return frame with
        {
            Errors = errors,
            Traces = traces,
            Items = attempts.Select(attempt => DrawnRun.Item(attempt, errors, traces)),
            Open = open.Select(attempt => DrawnRun.Item(attempt, errors, traces, open: "")),
        };
    }

    private LiveFrame.Slowly About(RecentLook look, RunMoment? moment)
    {
        RunAdvice? advice = moment is { IsOver: false } ? RunMoment.Advise([.. _moments]) : null;
        return new(
            moment?.Strategy, Cut(moment?.Source, RecentAttempts.MaxReasonLength),
            advice is null ? null : RunJson.NameOf(advice.BoundBy), advice is null ? [] : AdviceText.Of(advice),
            (moment?.ThreadNames ?? []).Take(MaxThreads).Select(name => Cut(name, MaxThreadName)!), moment is null ? null : viewer.TraceLink(moment.RunId),
            look.Failures.Take(MaxFailures).Select(failure => (object[])[failure.Reason, failure.Count, failure.Key.ToString(), DrawnRun.Microseconds(failure.At)]),
            run.Marks.Where(mark => look.At - mark.At < TimeSpan.FromMinutes(1)).TakeLast(MaxMarks).Select(mark => (object[])[DrawnRun.Microseconds(mark.At), mark.Text]), control?.State);
    }

    private static LiveFrame.Now Now(RunMoment moment) => new(
        moment.RunId, DrawnRun.Microseconds(moment.StartedAt), DrawnRun.Microseconds(moment.Sample.At), moment.IsOver, moment.Requested,
        [moment.Counts.Ingested, moment.Counts.Unchanged, moment.Counts.NotFound, moment.Counts.Failed], moment.Retries,
        moment.Sample.InFlight, moment.Sample.Limit, moment.Sample.ChannelDepth, moment.ChannelCapacity, moment.Sample.WaitingForRetry,
        DrawnRun.Microseconds(moment.GateClosedFor), Cut(moment.GateReason, RecentAttempts.MaxReasonLength), moment.Sample.IsStorageAway, moment.Sample.IsPaused);

    private static string? Cut(string? text, int length) => text?.Length > length ? text[..length] : text;

    private static byte[] Write(LiveFrame frame) => [.. "data: "u8, .. JsonSerializer.SerializeToUtf8Bytes(frame, Json.LiveFrame), .. "\n\n"u8];
}
