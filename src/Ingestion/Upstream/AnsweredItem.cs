namespace Ingestion.Upstream;

/// <summary>The item that got an answer last. Safe from any thread: any recent one will do.</summary>
internal sealed class AnsweredItem
{
    // In two fields, each atomic: all keys of a process are of one kind.
    private volatile string? _text;
    private long _number;
    private volatile bool _isKnown;

    /// <summary>Null before there is one.</summary>
    public ItemKey? Key
    {
        get => !_isKnown ? default(ItemKey?) : _text is { } text ? text : new ItemKey(Volatile.Read(ref _number));
        set
        {
            if (value is not { } answered)
                return;
            if (answered.Text is { } text)
                _text = text;
            else
                Volatile.Write(ref _number, answered.Number);
            _isKnown = true;
        }
    }
}
