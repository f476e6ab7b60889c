using Ingestion.Runs.Attempts;

namespace Ingestion.Runs.Recording;

/// <summary>
/// What is noted of an attempt, in timestamps of the process's clock. Written by one thread at a time; others may read at any time what it is doing. Once the
/// attempt has ended and nobody needs it any longer it is used for another one, so that taking notes allocates nothing.
/// </summary>
internal sealed class AttemptRecord
{
    /// <summary>Gate, fetch, delay, transform and persist; more only with canaries, or for several items at once. Those beyond it are not noted.</summary>
    private const int MaxStages = 8;

    private const int StageBits = 3;

    private StageNote[] _stages = new StageNote[MaxStages];
    private int _count;

    /// <summary>Since when the current stage goes on, and above 0 which one it is: in one word, to be read together. 0 between two stages.</summary>
    private long _running;

    private int _stageThread;

    public ItemKey Key { get; private set; }

    public int Attempt { get; set; }

    public int Slot { get; private set; }

    public bool IsUrgent { get; private set; }

    /// <summary>Whether its transform and persist run in the slot too.</summary>
    public bool IsSlotHeldToTheEnd { get; private set; }

    public long Enqueued { get; private set; }

    public long? PreviousEnd { get; private set; }

    public long Begin { get; private set; }

    public long End { get; private set; }

    public int BeginThread { get; private set; }

    public int EndThread { get; private set; }

    public Outcome? Outcome { get; private set; }

    public string? Error { get; private set; }

    /// <summary>The trace it is kept in, or null.</summary>
    public string? TraceId { get; private set; }

    /// <summary>Where it is among the attempts that go on. Kept by <see cref="RecentAttempts"/>.</summary>
    public int Place { get; set; }

    /// <summary>Until when its stages are on the grid. Kept by <see cref="RecentAttempts"/>.</summary>
    public long OnGridUntil { get; set; }

    /// <summary>The stages that are over.</summary>
    public ReadOnlySpan<StageNote> Stages => _stages.AsSpan(0, Volatile.Read(ref _count));

    /// <summary>When the current stage began, or else the last one.</summary>
    public long Since => StagesSoFar(out StageNote? running) is var over && running is { } current ? current.Begin : over is [.., var last] ? last.Begin : Begin;

    /// <summary>Which stage ends, and when it began.</summary>
    public (Stage Stage, long Begin) Ending => ((Stage)((_running & ((1 << StageBits) - 1)) - 1), _running >> StageBits);

    /// <summary>The stages that are over, and the current one as far as it is known; null between two.</summary>
    public ReadOnlySpan<StageNote> StagesSoFar(out StageNote? running)
    {
        while (true)
        {
            // What goes on is cleared before it counts as over, so with the same count before and after it is the one that follows these.
            ReadOnlySpan<StageNote> over = Stages;
            long current = Volatile.Read(ref _running);
            int thread = _stageThread;
            running = current == 0 ? null : new StageNote((Stage)((current & ((1 << StageBits) - 1)) - 1), current >> StageBits, current >> StageBits, thread, thread);
            if (over.Length == Stages.Length)
                return over;
        }
    }

    /// <summary>Begins the notes on another attempt.</summary>
    public AttemptRecord Start(WorkItem item, int slot, long begin, int thread, bool isSlotHeldToTheEnd, string? traceId)
    {
        (Key, Attempt, Slot, IsUrgent, IsSlotHeldToTheEnd) = (item.Key, item.Attempts, slot, item.Source.IsUrgent, isSlotHeldToTheEnd);
        (Enqueued, PreviousEnd, Begin, OnGridUntil, BeginThread) = (item.EnqueuedAt, item.PreviousEnd, begin, begin, thread);
        (Outcome, Error, TraceId, End, EndThread, _count, _running) = (null, null, traceId, 0, 0, 0, 0);
        return this;
    }

    public void BeginStage(Stage stage, long at, int thread)
    {
        _stageThread = thread;
        Volatile.Write(ref _running, (at << StageBits) | ((long)stage + 1));
    }

    public void EndStage(long at, int thread)
    {
        (Stage stage, long begin) = Ending;
        Volatile.Write(ref _running, 0);
        if (_count == MaxStages)
            return;

        _stages[_count] = new StageNote(stage, begin, at, _stageThread, thread);
        Volatile.Write(ref _count, _count + 1);
    }

    public void Finish(long at, int thread, Outcome? outcome, string? error) => (End, EndThread, Outcome, Error) = (at, thread, outcome, error);

    /// <summary>A copy that nobody changes any longer.</summary>
    /// <param name="now">The time, for one that goes on: it, and its stage, are as if they ended now.</param>
    public AttemptRecord Copy(long? now = null)
    {
        ReadOnlySpan<StageNote> over = StagesSoFar(out StageNote? running);
        AttemptRecord copy = (AttemptRecord)MemberwiseClone();
        copy._stages = running is { } current && now is { } until ? [.. over, current with { End = until }] : [.. over];
        (copy._count, copy._running, copy.End) = (copy._stages.Length, 0, now ?? End);
        return copy;
    }

    /// <summary>As much of a key as is kept.</summary>
    public static ItemKey Cut(ItemKey key, int length) => key.Text is { } text && text.Length > length ? string.Concat(text.AsSpan(0, length - 1), "…") : key;

    /// <summary>Keeps no more of its texts than this.</summary>
    public void Shorten(int keyLength, int errorLength)
    {
        Key = Cut(Key, keyLength);
        if (Error is { } error && error.Length > errorLength)
            Error = string.Concat(error.AsSpan(0, errorLength - 1), "…");
    }

    /// <summary>Releases its texts.</summary>
    public void Forget() => (Key, Error, TraceId) = (default, null, null);

    /// <summary>The attempt as others see it, or as it stands.</summary>
    /// <param name="since">Counts times from where they are to be counted from.</param>
    /// <param name="now">The time, for one that goes on.</param>
    public RecordedAttempt Read(Func<long, TimeSpan> since, long? now = null)
    {
        ReadOnlySpan<StageNote> over = StagesSoFar(out StageNote? running);
        StageNote[] stages = running is { } current && now is { } until ? [.. over, current with { End = until }] : [.. over];
        return new RecordedAttempt
        {
            Key = Key,
            Attempt = Attempt,
            Slot = Slot,
            IsUrgent = IsUrgent,
            Enqueued = since(Enqueued),
            PreviousEnd = PreviousEnd is { } previous ? since(previous) : null,
            Begin = since(Begin),
            End = since(now ?? End),
            BeginThread = BeginThread,
            EndThread = now is null ? EndThread : stages is [.., var last] ? last.EndThread : BeginThread,
            IsOpen = now is not null,
            Outcome = Outcome,
            Error = Error,
            TraceId = TraceId,
            Stages = [.. stages.Select(stage => new RecordedStage(stage.Stage, since(stage.Begin), since(stage.End), stage.BeginThread, stage.EndThread))],
        };
    }

    /// <summary>Such as <c>slot 3: item 17, persist</c>, or <c>… after fetch</c> while it waits for its next stage.</summary>
    public override string ToString()
    {
        ReadOnlySpan<StageNote> over = StagesSoFar(out StageNote? running);
        return $"slot {Slot}: item {Key}, {(running is null ? "after " : "")}{StageClock.NameOf(running?.Stage ?? (over is [.., var last] ? last.Stage : Stage.Gate))}";
    }

    /// <summary>A stage in timestamps.</summary>
    internal readonly record struct StageNote(Stage Stage, long Begin, long End, int BeginThread, int EndThread);
}
