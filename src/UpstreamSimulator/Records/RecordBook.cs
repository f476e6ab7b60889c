using System.Numerics;

namespace UpstreamSimulator.Records;

/// <summary>Every record of a collection, rendered when first asked for and kept in a cache of bounded size. Safe for concurrent use.</summary>
internal sealed class RecordBook(Collection collection, int seed, int count, IdRanges revised)
{
    private const uint MaxCacheEntries = 1 << 17;

    // Direct mapped: an entry is replaced by whoever comes later. References are written atomically, so readers need no lock.
    private readonly RenderedRecord?[] _cache = new RenderedRecord?[Math.Min(MaxCacheEntries, BitOperations.RoundUpToPowerOf2((uint)count + 1))];

    /// <summary>The last number a record has; the first is 1.</summary>
    public int Count => count;

    /// <summary>The record, or null when there is none with this number.</summary>
    public RenderedRecord? Find(int number)
    {
        if (number < 1 || number > count || (collection.HasGaps && IsGap(number)))
            return null;

        ref RenderedRecord? entry = ref _cache[number & (_cache.Length - 1)];
        RenderedRecord? cached = Volatile.Read(ref entry);
        if (cached?.Number == number)
            return cached;

        var rendered = RenderedRecord.Of(number, collection.Generate(seed, number, number, revised.Contains(number), ""));
        Volatile.Write(ref entry, rendered);
        return rendered;
    }

    public byte[] WithWrongId(int number) => collection.Generate(seed, number, number + 1, revised.Contains(number), "");

    public byte[] WithNulInName(int number) => collection.Generate(seed, number, number, revised.Contains(number), " \0 the Null");

    // A third is missing, and the third page as a whole.
    private bool IsGap(int number) => number is > 40 and <= 60 || Randomness.Bits(seed, number, purpose: -2) % 3 == 0;
}
