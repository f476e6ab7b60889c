namespace Ingestion.Sources.RabbitMq;

/// <summary>
/// The messages of a channel that are not confirmed, a bounded number. Confirms come in any order; what counts is how far all are there. Sequence numbers are those of
/// publisher confirms: from 1, one after the other. One thread publishes; confirms come on any.
/// </summary>
/// <param name="progress">What earlier channels have brought.</param>
internal sealed class ConfirmWindow(int capacity, EnqueueProgress progress) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly (long LastId, int Ids, bool IsConfirmed)[] _messages = new (long, int, bool)[capacity];
    private readonly SemaphoreSlim _room = new(capacity);
    private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ulong _first = 1;
    private ulong _next = 1;
    private EnqueueProgress _progress = progress;

    public EnqueueProgress Progress { get { lock (_lock) return _progress; } }

    /// <summary>Takes a place for the message that is published next, waiting until there is one.</summary>
    public async ValueTask EnterAsync(long lastId, int ids, CancellationToken cancellationToken)
    {
        await TakeRoomAsync(cancellationToken);
        lock (_lock)
            _messages[Index(_next++)] = (lastId, ids, false);
    }

    /// <summary>The broker has the message, or with <paramref name="multiple"/> all up to it.</summary>
    public void Confirm(ulong number, bool multiple)
    {
        int freed = 0;
        lock (_lock)
        {
            for (ulong confirmed = multiple ? _first : Math.Max(number, _first); confirmed <= number && confirmed < _next; confirmed++)
                _messages[Index(confirmed)].IsConfirmed = true;

            for (; _first < _next && _messages[Index(_first)].IsConfirmed; _first++, freed++)
            {
                (long lastId, int ids, _) = _messages[Index(_first)];
                _progress = new EnqueueProgress(_progress.Messages + 1, _progress.Ids + ids, lastId);
            }
        }

        if (freed > 0)
            _room.Release(freed);
    }

    /// <summary>Nothing more is confirmed.</summary>
    public void Break(Exception reason) => _broken.TrySetException(reason);

    /// <summary>Completes when everything published is confirmed: nothing else takes room any more.</summary>
    public async Task WaitUntilEmptyAsync(CancellationToken cancellationToken)
    {
        for (int i = 0; i < capacity; i++)
            await TakeRoomAsync(cancellationToken);
    }

    public void Dispose()
    {
        _room.Dispose();
        // Nobody may be waiting for it.
        _ = _broken.Task.Exception;
    }

    private async ValueTask TakeRoomAsync(CancellationToken cancellationToken)
    {
        if (!_room.Wait(0, CancellationToken.None))
            await await Task.WhenAny(_room.WaitAsync(cancellationToken), _broken.Task);
    }

    private int Index(ulong number) => (int)(number % (ulong)capacity);
}
