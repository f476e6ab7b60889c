namespace Ingestion.Runs;

/// <summary>The attempts that have begun and not ended, in a slot or, with a pipeline, beyond one.</summary>
internal sealed class AttemptsInFlight
{
    private readonly Lock _lock = new();
    private readonly HashSet<AttemptActivity> _attempts = [];

    public int Count
    {
        get
        {
            lock (_lock)
                return _attempts.Count;
        }
    }

    public void Add(AttemptActivity attempt)
    {
        lock (_lock)
            _attempts.Add(attempt);
    }

    public void Remove(AttemptActivity attempt)
    {
        lock (_lock)
            _attempts.Remove(attempt);
    }

    public AttemptActivity[] Snapshot()
    {
        lock (_lock)
            return [.. _attempts];
    }
}
