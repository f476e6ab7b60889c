namespace TestSupport.Processes;

/// <summary>The lines a process has written, and those who wait for one. Keeps the first 100,000. Safe for concurrent use.</summary>
internal sealed class OutputLines
{
    private const int MostLines = 100_000;

    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private readonly List<(Func<string, bool> IsWanted, TaskCompletionSource<string> Found)> _waiters = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
                return [.. _lines];
        }
    }

    public void Add(string line)
    {
        lock (_lock)
        {
            if (_lines.Count < MostLines)
                _lines.Add(line);
            _waiters.RemoveAll(waiter => waiter.IsWanted(line) && waiter.Found.TrySetResult(line));
        }
    }

    /// <summary>The first line, written already or yet to come, that is wanted.</summary>
    public Task<string> WaitForAsync(Func<string, bool> isWanted)
    {
        lock (_lock)
        {
            if (_lines.Find(line => isWanted(line)) is { } line)
                return Task.FromResult(line);

            var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((isWanted, found));
            return found.Task;
        }
    }

    public override string ToString() => string.Join('\n', Lines);
}
