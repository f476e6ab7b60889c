namespace Ingestion.Sources.RabbitMq;

/// <summary>
/// The messages of a channel that are not confirmed, a bounded number. Confirms come in any order; what counts is how far all are there. Sequence numbers are those of
/// publisher confirms: from 1, one after the other. One thread publishes; confirms come on any.
/// </summary>
internal sealed class ConfirmWindow : IDisposable
{
    private readonly Lock _lock = new();
    private readonly (int LastId, int Ids, bool IsConfirmed)[] _messages;
    private readonly SemaphoreSlim _room;
    private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ulong _first = 1;
    private ulong _next = 1;
    private EnqueueProgress _progress;
    private TaskCompletionSource? _empty;

    /// <param name="capacity">The most messages that may be unconfirmed.</param>
    /// <param name="progress">What earlier channels have brought.</param>
    public ConfirmWindow(int capacity, EnqueueProgress progress)
    {
        _messages = new (int, int, bool)[capacity];
        _room = new SemaphoreSlim(capacity);
        _progress = progress;
    }

    public EnqueueProgress Progress
    {
        get
        {
            lock (_lock)
                return _progress;
        }
    }

    /// <summary>Takes a place for the message that is published next, waiting until there is one.</summary>
    public async ValueTask EnterAsync(int lastId, int ids, CancellationToken cancellationToken)
    {
        if (!_room.Wait(0, CancellationToken.None))
        {
            Task room = _room.WaitAsync(cancellationToken);
            await await Task.WhenAny(room, _broken.Task);
        }

        lock (_lock)
            _messages[Index(_next++)] = (lastId, ids, false);
    }

    /// <summary>The broker has the message, or with <paramref name="multiple"/> all up to it.</summary>
    public void Confirm(ulong number, bool multiple)
    {
        int freed = 0;
        lock (_lock)
        {
            for (ulong confirmed = multiple ? _first : number; confirmed <= number && confirmed < _next; confirmed++)
            {
                if (confirmed >= _first)
                    _messages[Index(confirmed)].IsConfirmed = true;
            }

            for (; _first < _next && _messages[Index(_first)].IsConfirmed; _first++, freed++)
            {
                (int lastId, int ids, _) = _messages[Index(_first)];
                _progress = new EnqueueProgress(_progress.Messages + 1, _progress.Ids + ids, lastId);
            }

            if (_first == _next)
                _empty?.TrySetResult();
        }

        if (freed > 0)
            _room.Release(freed);
    }

    /// <summary>Nothing more is confirmed.</summary>
    public void Break(Exception reason) => _broken.TrySetException(reason);

    /// <summary>Completes when everything published is confirmed.</summary>
    public async Task WaitUntilEmptyAsync(CancellationToken cancellationToken)
    {
        Task empty;
        lock (_lock)
        {
            if (_first == _next)
                return;
            empty = (_empty = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        await await Task.WhenAny(empty, _broken.Task).WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        _room.Dispose();
        // Nobody may be waiting for it.
        _ = _broken.Task.Exception;
    }

    private int Index(ulong number) => (int)(number % (ulong)_messages.Length);
}
