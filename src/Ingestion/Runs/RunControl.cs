using Ingestion.Concurrency;
using Ingestion.Runs.Recording;

namespace Ingestion.Runs;

/// <summary>
/// What somebody asks of the runs of this process while they go on: to pause; and the marks of that and of whatever else was changed. It holds from run to run, and
/// ends with the process. Safe from any thread.
/// </summary>
public sealed class RunControl(RecentAttempts recent, TimeProvider timeProvider)
{
    private const int MaxMarks = 50;

    private readonly Lock _lock = new();
    private readonly Queue<RunMark> _marks = new(MaxMarks);
    private ConcurrencyLimit? _limit;
    private bool _isPaused;

    /// <summary>Whether no new attempt starts.</summary>
    public bool IsPaused
    {
        get
        {
            lock (_lock)
                return _isPaused;
        }
    }

    /// <summary>The latest changes, as <see cref="RecentAttempts"/> counts time.</summary>
    public IReadOnlyList<RunMark> Marks
    {
        get
        {
            lock (_lock)
                return [.. _marks];
        }
    }

    /// <summary>Lets no new attempt start, or lets them start again. Those under way finish.</summary>
    public void Pause(bool isPaused)
    {
        lock (_lock)
        {
            _isPaused = isPaused;
            _limit?.Pause(isPaused);
        }
    }

    /// <summary>Remembers that something was changed.</summary>
    public void Mark(string text)
    {
        lock (_lock)
        {
            if (_marks.Count == MaxMarks)
                _marks.Dequeue();
            _marks.Enqueue(new RunMark(recent.Since(timeProvider.GetTimestamp()), text));
        }
    }

    /// <summary>A run begins, which is the only one that goes on.</summary>
    internal void Take(ConcurrencyLimit limit)
    {
        lock (_lock)
        {
            _limit = limit;
            limit.Pause(_isPaused);
        }
    }

    /// <summary>The marks since a run started, counted from there.</summary>
    internal IReadOnlyList<RunMark> MarksSince(long startedAt)
    {
        TimeSpan start = recent.Since(startedAt);
        return [.. Marks.Where(mark => mark.At >= start).Select(mark => mark with { At = mark.At - start })];
    }
}
