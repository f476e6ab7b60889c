using Ingestion.Items;
using Ingestion.Runs.Recording;

namespace Ingestion.Runs;

/// <summary>What an attempt is doing, and since when. Written by the attempt alone; others may read it at any time. Adds up the time of its stages, and notes them where the run is recorded.</summary>
internal sealed class AttemptActivity(int slot, ItemKey key, StageClock clock, ThreadCensus threads, AttemptRecord? record)
{
    private long _since = clock.Start();
    private volatile int _stage = (int)Stage.Gate;
    private volatile bool _isOver = true;
    private int _thread;

    /// <summary>When the current stage began, or else the last one, as a timestamp of the run's clock.</summary>
    public long Since => Volatile.Read(ref _since);

    public void Begin(Stage stage)
    {
        Volatile.Write(ref _since, clock.Start());
        _stage = (int)stage;
        _isOver = false;
        _thread = threads.SeeCurrentThread();
    }

    /// <summary>Ends the stage, and returns how long it took.</summary>
    public TimeSpan End()
    {
        _isOver = true;
        int thread = threads.SeeCurrentThread();
        TimeSpan took = clock.Stop((Stage)_stage, _since, out long end);
        record?.Stages.Add(((Stage)_stage, _since, end, _thread, thread));
        return took;
    }

    /// <summary>Ends a stage that took no time worth measuring.</summary>
    public void Skip() => _isOver = true;

    /// <summary>Such as <c>slot 3: character 17, persist</c>, or <c>… after fetch</c> while it waits for its next stage.</summary>
    public override string ToString() => $"slot {slot}: character {key}, {(_isOver ? "after " : "")}{StageClock.NameOf((Stage)_stage)}";
}
