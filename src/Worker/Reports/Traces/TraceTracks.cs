namespace Worker.Reports.Traces;

/// <summary>Which track an event is on: slots, below them the threads that transform beyond a slot, below those the persists beyond one.</summary>
internal sealed class TraceTracks
{
    private readonly bool _isSlotGivenBack;
    private readonly int _firstTransform;
    private readonly int _firstPersist;
    private readonly int[] _transformThreads;
    private readonly Dictionary<(ItemKey Key, int Attempt), int> _persists = [];
    private readonly List<TimeSpan> _persistTracks = [];

    public TraceTracks(RunRecording recording)
    {
        _isSlotGivenBack = recording.Timeline.BeyondSlots.Count > 0;
        _firstTransform = recording.Attempts.Select(attempt => OfSlot(attempt.Slot) + 1).DefaultIfEmpty(OfSlot(0)).Max();
        (RecordedAttempt Attempt, RecordedStage Stage)[] beyond =
            [.. recording.Attempts.SelectMany(attempt => attempt.Stages.Where(stage => !IsInSlot(stage.Stage)), (attempt, stage) => (attempt, stage)).OrderBy(pair => pair.stage.Begin)];
        _transformThreads = [.. beyond.Where(pair => pair.Stage.Stage == Stage.Transform).Select(pair => pair.Stage.BeginThread).Distinct().Order()];
        _firstPersist = _firstTransform + _transformThreads.Length;
        foreach ((RecordedAttempt attempt, RecordedStage stage) in beyond.Where(pair => pair.Stage.Stage == Stage.Persist))
        {
            // Each persist goes on the first track that is free.
            int lane = _persistTracks.FindIndex(free => free <= stage.Begin);
            if (lane < 0)
            {
                lane = _persistTracks.Count;
                _persistTracks.Add(default);
            }

            _persistTracks[lane] = stage.End;
            _persists[(attempt.Key, attempt.Attempt)] = lane;
        }
    }

    /// <summary>All tracks with what they show.</summary>
    public IEnumerable<(int Track, string Name)> Names =>
    [
        .. Enumerable.Range(0, _firstTransform - OfSlot(0)).Select(slot => (OfSlot(slot), $"slot {slot}")),
        .. _transformThreads.Select((thread, i) => (_firstTransform + i, $"transform, thread {thread}")),
        .. _persistTracks.Select((_, lane) => (_firstPersist + lane, $"persist {lane}")),
    ];

    public static int OfSlot(int slot) => slot + 1;

    public bool IsInSlot(Stage stage) => !_isSlotGivenBack || stage < Stage.Transform;

    public int Of(RecordedAttempt attempt, RecordedStage stage) => stage.Stage switch
    {
        _ when IsInSlot(stage.Stage) => OfSlot(attempt.Slot),
        Stage.Transform => _firstTransform + Array.IndexOf(_transformThreads, stage.BeginThread),
        _ => _firstPersist + _persists[(attempt.Key, attempt.Attempt)],
    };

    /// <summary>Until when the attempt is seen in its slot.</summary>
    public TimeSpan SlotEnd(RecordedAttempt attempt) => _isSlotGivenBack
        ? attempt.Stages.Where(stage => IsInSlot(stage.Stage)).Select(stage => stage.End).DefaultIfEmpty(attempt.Begin).Max()
        : attempt.End;
}
