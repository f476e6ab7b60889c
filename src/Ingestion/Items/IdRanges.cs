using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Ingestion.Items;

/// <summary>
/// A set of integer IDs written as ranges and single IDs, such as <c>1-10,42,100-200</c>. Enumerates ascending, each ID once, and
/// takes memory for the ranges only, not for the IDs in them.
/// </summary>
public sealed class IdRanges : IEnumerable<long>
{
    /// <summary>The most parts a list may have before duplicates are merged.</summary>
    public const int MaxParts = 100_000;

    private readonly IdRange[] _ranges;

    internal IdRanges(IEnumerable<IdRange> ranges)
    {
        _ranges = Merge(ranges);
        foreach (IdRange range in _ranges)
            Count += range.Count;
    }

    /// <summary>Ascending, neither overlapping nor touching.</summary>
    internal IReadOnlyList<IdRange> Ranges => _ranges;

    /// <summary>How many different IDs there are.</summary>
    public long Count { get; }

    /// <summary>Reads a list of ranges and single IDs; spaces around the parts are allowed.</summary>
    /// <param name="error">Otherwise one line that quotes the offending part and says where it stands and what is allowed.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out IdRanges? ranges, [NotNullWhen(false)] out string? error)
    {
        ranges = IdRangesParser.Parse(text, out error) is { } parts ? new IdRanges(parts) : null;
        return ranges is not null;
    }

    /// <summary>Whether the ID is in the set.</summary>
    public bool Contains(long id)
    {
        int low = 0, high = _ranges.Length - 1;
        while (low <= high)
        {
            int middle = low + ((high - low) / 2);
            if (id < _ranges[middle].First)
                high = middle - 1;
            else if (id > _ranges[middle].Last)
                low = middle + 1;
            else
                return true;
        }

        return false;
    }

    /// <summary>Yields the IDs, ascending.</summary>
    public IEnumerator<long> GetEnumerator()
    {
        foreach (IdRange range in _ranges)
        {
            // The last one is apart, because a range may end where there are no more integers.
            for (long id = range.First; id < range.Last; id++)
                yield return id;
            yield return range.Last;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The canonical form: ascending, merged, no spaces. Parsing it gives the same set.</summary>
    public override string ToString() => string.Join(',', _ranges);

    private static IdRange[] Merge(IEnumerable<IdRange> ranges)
    {
        var merged = new List<IdRange>();
        foreach (IdRange range in ranges.OrderBy(range => range.First))
        {
            if (merged.Count > 0 && range.First - 1 <= merged[^1].Last)
                merged[^1] = merged[^1] with { Last = Math.Max(merged[^1].Last, range.Last) };
            else
                merged.Add(range);
        }

        return [.. merged];
    }
}
