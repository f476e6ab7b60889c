namespace Ingestion.Upstream;

/// <summary>What one body has of the <see cref="BodyMemory"/>; disposing of it gives that back. Used by one thread at a time.</summary>
internal sealed class BodyShare(BodyMemory memory) : IDisposable
{
    private long _held;
    private bool _isBeyond;

    /// <summary>Waits until so many bytes more may be allocated. The attempt's time is not used up meanwhile: it is not the upstream that takes it.</summary>
    public async ValueTask TakeAsync(int bytes, bool async, AttemptDeadline deadline)
    {
        if (!_isBeyond && !memory.TryTake(bytes))
        {
            deadline.Pause();
            if (async)
                await memory.Beyond.WaitAsync(deadline.Token);
            else
                memory.Beyond.Wait(deadline.Token);
            deadline.Restart();
            _isBeyond = !memory.TryTake(bytes);
            if (!_isBeyond)
                memory.Beyond.Release();
        }

        _held += _isBeyond ? 0 : bytes;
    }

    /// <summary>Gives back what was allocated beyond these bytes.</summary>
    public void Keep(long bytes)
    {
        memory.Return(Math.Max(_held - bytes, 0));
        _held = Math.Min(_held, bytes);
    }

    public void Dispose()
    {
        Keep(0);
        if (_isBeyond)
            memory.Beyond.Release();
        _isBeyond = false;
    }
}
