using System.Collections.Concurrent;

namespace Worker.Commands;

/// <summary>
/// Standard output or error: remembers the first failure and drops what comes after it. After <see cref="NeverWait"/> a separate thread writes. When nobody reads and the
/// room is full, it drops and counts what comes.
/// </summary>
internal sealed class StandardStream(TextWriter inner) : TextWriter
{
    /// <summary>UTF-16 units: some thousand lines.</summary>
    private const int Room = 1 << 20;

    /// <summary>EPIPE, which is the same on Linux and macOS.</summary>
    private const int BrokenPipe = 32;

    /// <summary>For what is left at the end of the process.</summary>
    private static readonly TimeSpan TimeToWriteTheRest = TimeSpan.FromSeconds(2);

    /// <summary>Bounded by <see cref="_length"/>. Whoever has something to print puts it in; one thread takes it out.</summary>
    private readonly BlockingCollection<string> _waiting = [];
    private Thread? _writer;
    private volatile Action<long>? _readsAgain;
    private int _length;
    private long _lost;

    /// <summary>Why it could not be written, or null.</summary>
    public string? Problem { get; private set; }

    /// <summary>Lines that were dropped because nobody read.</summary>
    public long LinesLost => Interlocked.Read(ref _lost);

    public override Encoding Encoding => inner.Encoding;

    /// <summary>From now on nobody waits for the reader.</summary>
    /// <param name="readsAgain">Called, now and then, when there is room again after lines were dropped, with their number.</param>
    public void NeverWait(Action<long> readsAgain)
    {
        _readsAgain = readsAgain;
        if (_writer is not null)
            return;

        _writer = new Thread(WriteWhatComes) { IsBackground = true, Name = "standard stream" };
        _writer.Start();
    }

    /// <summary>Takes no more, and gives what is left some time.</summary>
    public void Complete()
    {
        _waiting.CompleteAdding();
        _writer?.Join(TimeToWriteTheRest);
    }

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void WriteLine(string? value) => Write(value + NewLine);

    public override void Write(string? value)
    {
        if (string.IsNullOrEmpty(value))
            return;
        if (_writer is null)
            Try(value);
        else if (!TryQueue(value))
            Interlocked.Add(ref _lost, Math.Max(1, value.AsSpan().Count('\n')));
    }

    private bool TryQueue(string text)
    {
        if (Volatile.Read(ref _length) + text.Length > Room)
            return false;

        Interlocked.Add(ref _length, text.Length);
        try
        {
            _waiting.Add(text);
            return true;
        }
        catch (InvalidOperationException)
        {
            // The process is about to end.
            return false;
        }
    }

    private void WriteWhatComes()
    {
        long said = 0;
        foreach (string text in _waiting.GetConsumingEnumerable())
        {
            Try(text);
            if (Interlocked.Add(ref _length, -text.Length) > Room / 2 || LinesLost is var lost && lost == said)
                continue;

            _readsAgain?.Invoke(lost - said);
            said = lost;
        }
    }

    private void Try(string text)
    {
        try
        {
            if (Problem is null)
                inner.Write(text);
        }
        catch (IOException e) when (e.HResult == BrokenPipe)
        {
            // Whoever read has seen enough.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Problem = e.Message;
        }
    }
}
