namespace UpstreamSimulator.Characters;

/// <summary>Every character there is, rendered when first asked for and kept in a cache of bounded size. Safe for concurrent use.</summary>
internal sealed class CharacterBook(int seed, int count, IdRanges revised)
{
    private const int CacheEntries = 1 << 17;

    // Direct mapped: an entry is replaced by whoever comes later. References are written atomically, so readers need no lock.
    private readonly RenderedCharacter?[] _cache = new RenderedCharacter?[CacheEntries];

    /// <summary>How many characters there are; their IDs are 1 to this.</summary>
    public int Count => count;

    /// <summary>The character, or null when there is none with this ID.</summary>
    public RenderedCharacter? Find(int id)
    {
        if (id < 1 || id > count)
            return null;

        ref RenderedCharacter? entry = ref _cache[id & (CacheEntries - 1)];
        RenderedCharacter? cached = Volatile.Read(ref entry);
        if (cached?.Id == id)
            return cached;

        var rendered = RenderedCharacter.Of(id, CharacterGenerator.Generate(seed, id, id, revised.Contains(id)));
        Volatile.Write(ref entry, rendered);
        return rendered;
    }

    /// <summary>The character's record with the ID of another one.</summary>
    public byte[] WithWrongId(int id) => CharacterGenerator.Generate(seed, id, id + 1, revised.Contains(id));

    /// <summary>The character's record with U+0000 in its name.</summary>
    public byte[] WithNulInName(int id) => CharacterGenerator.Generate(seed, id, id, revised.Contains(id), suffix: " \0 the Null");
}
