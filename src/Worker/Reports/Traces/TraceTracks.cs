using Ingestion.Items;
using Ingestion.Runs;
using Ingestion.Runs.Recording;

namespace Worker.Reports.Traces;

/// <summary>Which track an event is on: slots, below them the threads that transform beyond a slot, below those the persists beyond one.</summary>
internal sealed class TraceTracks
{
    private readonly bool _isSlotGivenBack;
    private readonly int _firstTransform;
    private readonly int _firstPersist;
    private readonly Dictionary<int, int> _trackOfThread = [];
    private readonly Dictionary<(ItemKey Key, int Attempt), int> _persists = [];
    private readonly int _persistTracks;

    public TraceTracks(RunRecording recording)
    {
        _isSlotGivenBack = recording.Timeline.BeyondSlots.Count > 0;
        _firstTransform = recording.Attempts.Select(attempt => OfSlot(attempt.Slot) + 1).DefaultIfEmpty(OfSlot(0)).Max();
        if (_isSlotGivenBack)
        {
            foreach (int thread in ThreadsThatTransform(recording))
                _trackOfThread.Add(thread, _firstTransform + _trackOfThread.Count);
        }

        _firstPersist = _firstTransform + _trackOfThread.Count;
        if (_isSlotGivenBack)
            _persistTracks = PackPersists(recording);
    }

    /// <summary>All tracks with what they show.</summary>
    public IEnumerable<(int Track, string Name)> Names =>
    [
        .. Enumerable.Range(0, _firstTransform - OfSlot(0)).Select(slot => (OfSlot(slot), $"slot {slot}")),
        .. _trackOfThread.Select(track => (track.Value, $"transform, thread {track.Key}")),
        .. Enumerable.Range(0, _persistTracks).Select(lane => (_firstPersist + lane, $"persist {lane}")),
    ];

    public static int OfSlot(int slot) => slot + 1;

    public bool IsInSlot(Stage stage) => !_isSlotGivenBack || stage < Stage.Transform;

    public int Of(RecordedAttempt attempt, RecordedStage stage) => stage.Stage switch
    {
        _ when IsInSlot(stage.Stage) => OfSlot(attempt.Slot),
        Stage.Transform => _trackOfThread[stage.BeginThread],
        _ => _firstPersist + _persists[(attempt.Key, attempt.Attempt)],
    };

    /// <summary>Until when the attempt is seen in its slot.</summary>
    public TimeSpan SlotEnd(RecordedAttempt attempt) => _isSlotGivenBack
        ? attempt.Stages.Where(stage => IsInSlot(stage.Stage)).Select(stage => stage.End).DefaultIfEmpty(attempt.Begin).Max()
        : attempt.End;

    private static IEnumerable<int> ThreadsThatTransform(RunRecording recording) => recording.Attempts
        .SelectMany(attempt => attempt.Stages).Where(stage => stage.Stage == Stage.Transform).Select(stage => stage.BeginThread).Distinct().Order();

    /// <summary>Each persist goes on the first track that is free; returns how many that takes.</summary>
    private int PackPersists(RunRecording recording)
    {
        List<TimeSpan> freeFrom = [];
        IEnumerable<(RecordedAttempt Attempt, RecordedStage Stage)> persists = recording.Attempts
            .SelectMany(attempt => attempt.Stages.Where(stage => stage.Stage == Stage.Persist), (attempt, stage) => (attempt, stage));
        foreach ((RecordedAttempt attempt, RecordedStage stage) in persists.OrderBy(persist => persist.Stage.Begin))
        {
            int lane = freeFrom.FindIndex(free => free <= stage.Begin);
            if (lane < 0)
            {
                lane = freeFrom.Count;
                freeFrom.Add(stage.End);
            }
            else
            {
                freeFrom[lane] = stage.End;
            }

            _persists[(attempt.Key, attempt.Attempt)] = lane;
        }

        return freeFrom.Count;
    }
}
