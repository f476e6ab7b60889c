namespace Ingestion.Concurrency.ThreadPool;

/// <summary>As many threads as the limit says, all started at once; their number follows the limit.</summary>
internal sealed class Crew(ConcurrencyLimit limit, Action<Func<bool>> work, Action<Exception> fault)
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _live;
    private int _started;
    private bool _isOver;

    /// <summary>Completes when the last thread has left.</summary>
    public async Task RunAsync()
    {
        limit.Changed += Grow;
        try
        {
            Grow();
            await _ended.Task;
        }
        finally
        {
            limit.Changed -= Grow;
        }
    }

    private void Grow()
    {
        lock (_lock)
        {
            while (!_isOver && _live < limit.Cap)
            {
                try
                {
                    _ = DedicatedThread.Start($"ingest-pool-{_started++}", Run);
                    _live++;
                }
                catch (OutOfMemoryException exception)
                {
                    _isOver = true;
                    fault(new InvalidOperationException(
                        $"the operating system grants no thread beyond the {_live} that are running; lower Ingestion:DegreeOfParallelism", exception));
                    if (_live == 0)
                        _ended.TrySetResult();
                }
            }
        }
    }

    private void Run()
    {
        bool isDismissed = false;
        work(() => isDismissed = TryDismiss());
        if (isDismissed)
            return;

        lock (_lock)
        {
            _isOver = true;
            if (--_live > 0)
                return;
        }

        _ended.TrySetResult();
    }

    /// <summary>Lets the calling thread go when there are more than the limit allows. The last one always stays.</summary>
    private bool TryDismiss()
    {
        lock (_lock)
        {
            if (_live <= limit.Cap)
                return false;

            _live--;
            return true;
        }
    }
}
