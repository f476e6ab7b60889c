namespace UpstreamSimulator;

/// <summary>The IDs from <paramref name="First"/> to <paramref name="Last"/>, both included.</summary>
public readonly record struct IdRange(int First, int Last)
{
    public bool Contains(int id) => id >= First && id <= Last;

    /// <summary>Reads <c>7</c> or <c>1-10</c>.</summary>
    public static IdRange Parse(string text)
    {
        string[] ends = text.Split('-', StringSplitOptions.TrimEntries);
        if (ends.Length <= 2 && int.TryParse(ends[0], out int first) && int.TryParse(ends[^1], out int last) && first >= 0 && last >= first)
            return new IdRange(first, last);

        throw new FormatException($"'{text}' is not an ID or a range of IDs such as 1-10");
    }

    public override string ToString() => First == Last ? $"{First}" : $"{First}-{Last}";
}
