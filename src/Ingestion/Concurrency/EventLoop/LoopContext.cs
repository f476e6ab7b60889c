namespace Ingestion.Concurrency.EventLoop;

/// <summary>
/// The loop: a queue of continuations and the one thread that runs them, in order. Awaits on that thread come back to it, because it is
/// their <see cref="SynchronizationContext"/>. The queue is guarded by its monitor; the thread takes all of it at once.
/// </summary>
internal sealed class LoopContext : SynchronizationContext
{
    private readonly object _monitor = new();
    private Queue<(SendOrPostCallback Callback, object? State)> _posted = new();
    private Queue<(SendOrPostCallback Callback, object? State)> _running = new();
    private bool _isComplete;

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_monitor)
        {
            _posted.Enqueue((d, state));
            if (_posted.Count == 1)
                Monitor.Pulse(_monitor);
        }
    }

    /// <summary>Not needed by any await, and a caller on another thread would have to block.</summary>
    public override void Send(SendOrPostCallback d, object? state) =>
        throw new InvalidOperationException("The event loop takes continuations with Post only.");

    /// <summary>A copy is the same loop.</summary>
    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs continuations until <see cref="Complete"/> was called and none is left.</summary>
    public void Run()
    {
        SetSynchronizationContext(this);
        while (WaitForPosted())
        {
            while (_running.TryDequeue(out (SendOrPostCallback Callback, object? State) next))
                next.Callback(next.State);
        }
    }

    /// <summary>Lets <see cref="Run"/> return.</summary>
    public void Complete()
    {
        lock (_monitor)
        {
            _isComplete = true;
            Monitor.Pulse(_monitor);
        }
    }

    private bool WaitForPosted()
    {
        lock (_monitor)
        {
            while (_posted.Count == 0)
            {
                if (_isComplete)
                    return false;
                Monitor.Wait(_monitor);
            }

            (_posted, _running) = (_running, _posted);
            return true;
        }
    }
}
