namespace Ingestion.Runs.Recording;

/// <summary>The slowest attempts of a run, at most ten. Safe from any thread.</summary>
/// <param name="slow">One that takes longer is slow; 0: none is.</param>
internal sealed class SlowestAttempts(TimeSpan slow)
{
    private const int Most = 10;

    private readonly Lock _lock = new();
    private readonly List<SlowAttempt> _slowest = new(Most + 1);
    private long _bar = slow > TimeSpan.Zero ? slow.Ticks : long.MaxValue;

    /// <summary>The slowest first.</summary>
    public IReadOnlyList<SlowAttempt> Found
    {
        get
        {
            lock (_lock)
                return [.. _slowest];
        }
    }

    public bool IsSlow(TimeSpan took) => slow > TimeSpan.Zero && took > slow;

    /// <summary>Whether it is to be added, as far as can be told without a lock: that it is not is certain.</summary>
    public bool MayHave(TimeSpan took) => took.Ticks > Volatile.Read(ref _bar);

    public void Add(SlowAttempt attempt)
    {
        lock (_lock)
        {
            int place = _slowest.FindIndex(other => other.Took < attempt.Took);
            _slowest.Insert(place < 0 ? _slowest.Count : place, attempt);
            if (_slowest.Count > Most)
                _slowest.RemoveAt(Most);
            if (_slowest.Count == Most)
                Volatile.Write(ref _bar, _slowest[^1].Took.Ticks);
        }
    }
}
