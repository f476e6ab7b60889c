namespace Ingestion.Runs.Attempts;

/// <summary>The attempts that have begun and not ended, in a slot or, with a pipeline, beyond one.</summary>
internal sealed class AttemptsInFlight
{
    private readonly Lock _lock = new();
    private readonly HashSet<ItemAttempt> _attempts = [];

    public int Count
    {
        get
        {
            lock (_lock)
                return _attempts.Count;
        }
    }

    public void Add(ItemAttempt attempt)
    {
        lock (_lock)
            _attempts.Add(attempt);
    }

    public void Remove(ItemAttempt attempt)
    {
        lock (_lock)
            _attempts.Remove(attempt);
    }

    public ItemAttempt[] Snapshot()
    {
        lock (_lock)
            return [.. _attempts];
    }
}
