using System.Threading.Channels;

namespace Worker.Live;

/// <summary>
/// Hands the frames to whoever is watching: built once for all of them, ten times a second, and not at all while nobody is. A viewer that does not keep up loses
/// frames; nobody waits for it.
/// </summary>
internal sealed class LiveViewers(LiveFrames frames, TimeProvider timeProvider)
{
    public const int Most = 20;

    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>Frames that may wait for one viewer: two seconds.</summary>
    private const int MostWaiting = 20;

    private readonly Lock _lock = new();
    private readonly List<Channel<ReadOnlyMemory<byte>>> _viewers = [];
    private ITimer? _timer;
    private bool _isClosed;

    public int Count
    {
        get
        {
            lock (_lock)
                return _viewers.Count;
        }
    }

    /// <summary>A viewer comes, and gets the last minute first. Null when there are too many, or the worker stops.</summary>
    public Channel<ReadOnlyMemory<byte>>? Join()
    {
        lock (_lock)
        {
            if (_isClosed || _viewers.Count == Most)
                return null;

            // Capacity: two seconds of frames. Full mode: the oldest frame makes room. Writer: the timer. Reader: the viewer's request.
            Channel<ReadOnlyMemory<byte>> viewer = Channel.CreateBounded<ReadOnlyMemory<byte>>(
                new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
            viewer.Writer.TryWrite(frames.LastMinute(isFirst: _viewers.Count == 0));
            _viewers.Add(viewer);
            _timer ??= timeProvider.CreateTimer(static state => ((LiveViewers)state!).Tick(), this, Interval, Interval);
            return viewer;
        }
    }

    public void Leave(Channel<ReadOnlyMemory<byte>> viewer)
    {
        lock (_lock)
        {
            if (!_viewers.Remove(viewer) || _viewers.Count > 0)
                return;

            _timer?.Dispose();
            _timer = null;
        }
    }

    /// <summary>Shows what is left to be seen, and lets everybody go.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            _timer?.Dispose();
            if (_viewers.Count > 0)
                Show();
            foreach (Channel<ReadOnlyMemory<byte>> viewer in _viewers)
                viewer.Writer.Complete();
        }
    }

    // A tick that comes while the one before it is still at work has nothing to show.
    private void Tick()
    {
        if (!_lock.TryEnter())
            return;

        try
        {
            if (_viewers.Count > 0 && !_isClosed)
                Show();
        }
        finally
        {
            _lock.Exit();
        }
    }

    private void Show()
    {
        ReadOnlyMemory<byte> frame = frames.Next();
        foreach (Channel<ReadOnlyMemory<byte>> viewer in _viewers)
            viewer.Writer.TryWrite(frame);
    }
}
