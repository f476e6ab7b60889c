namespace UpstreamSimulator;

/// <summary>A few ranges of IDs.</summary>
public sealed class IdRanges
{
    public static readonly IdRanges None = new([]);

    private readonly IdRange[] _ranges;

    private IdRanges(IdRange[] ranges) => _ranges = ranges;

    public IReadOnlyList<IdRange> Ranges => _ranges;

    /// <summary>Reads <c>1-10,42</c>; an empty text is no IDs.</summary>
    public static IdRanges Parse(string text) =>
        new([.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(IdRange.Parse)]);

    public bool Contains(int id)
    {
        foreach (IdRange range in _ranges)
        {
            if (range.Contains(id))
                return true;
        }

        return false;
    }

    public override string ToString() => string.Join(',', _ranges);
}
