namespace Ingestion.Items;

/// <summary>A set of IDs: a bit for each integer, in blocks that are allocated when first needed, and the texts themselves. Not thread-safe.</summary>
internal sealed class IdSet
{
    private const int BlockBits = 16;
    private const int BlockWords = (1 << BlockBits) / 64;

    private readonly Dictionary<long, ulong[]> _blocks = [];
    private readonly HashSet<string> _texts = new(StringComparer.Ordinal);

    /// <summary>How many IDs are in the set.</summary>
    public long Count { get; private set; }

    /// <summary>Adds an ID; false if it was there.</summary>
    public bool Add(ItemKey key)
    {
        if (key.Text is not { } text)
            return Add(key.Number);

        bool isNew = _texts.Add(text);
        Count += isNew ? 1 : 0;
        return isNew;
    }

    /// <summary>Adds an ID; false if it was there.</summary>
    public bool Add(long id)
    {
        if (!_blocks.TryGetValue(id >> BlockBits, out ulong[]? block))
            _blocks.Add(id >> BlockBits, block = new ulong[BlockWords]);

        ref ulong word = ref block[(int)(id >> 6) & (BlockWords - 1)];
        ulong bit = 1UL << (int)(id & 63);
        if ((word & bit) != 0)
            return false;

        word |= bit;
        Count++;
        return true;
    }

    /// <summary>Whether the ID is in the set.</summary>
    public bool Contains(ItemKey key) => key.Text is { } text ? _texts.Contains(text) : Contains(key.Number);

    /// <summary>Whether the ID is in the set.</summary>
    public bool Contains(long id) =>
        _blocks.TryGetValue(id >> BlockBits, out ulong[]? block) && (block[(int)(id >> 6) & (BlockWords - 1)] & (1UL << (int)(id & 63))) != 0;
}
