namespace Ingestion.Items;

/// <summary>Reads <c>1-10,42</c>, strictly: what looks like a slip is refused, never guessed at.</summary>
internal static class IdRangesParser
{
    private const string Allowed = "allowed are IDs from 1 to 9223372036854775807 and ranges of them, separated by commas: 1-10,42,100-200";

    /// <summary>The parts as written, or null and the error.</summary>
    public static List<IdRange>? Parse(string? text, out string? error)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            error = $"the list of IDs is empty; {Allowed}";
            return null;
        }

        var ranges = new List<IdRange>();
        ReadOnlySpan<char> list = text;
        foreach (Range bounds in list.Split(','))
        {
            ReadOnlySpan<char> part = list[bounds];
            int position = bounds.Start.Value + (part.Length - part.TrimStart().Length) + 1;
            part = part.Trim();

            string? problem = ranges.Count == IdRanges.MaxParts
                ? $"is one part too many, a list has at most {IdRanges.MaxParts.ToString("N0", CultureInfo.InvariantCulture)}"
                : ParsePart(part, ranges);
            if (problem is not null)
            {
                error = $"'{Excerpt.Of(part, 40)}' at position {position} {problem}; {Allowed}";
                return null;
            }
        }

        error = null;
        return ranges;
    }

    private static string? ParsePart(ReadOnlySpan<char> part, List<IdRange> ranges)
    {
        if (part.IsEmpty)
            return "is an empty part";

        // A dash at the very start is a minus sign, not a range without a start.
        int dash = part.IndexOf('-') is var found and > 0 ? found : part.Length;
        ReadOnlySpan<char> lastText = dash < part.Length ? part[(dash + 1)..] : part;
        if (lastText.IsEmpty)
            return "is a range without an end";

        long last = 0;
        string? problem = ParseId(part[..dash], out long first) ?? ParseId(lastText, out last)
            ?? (first > last ? $"is a range that ends before it starts, did you mean {last}-{first}?" : null);
        if (problem is null)
            ranges.Add(new IdRange(first, last));
        return problem;
    }

    private static string? ParseId(ReadOnlySpan<char> digits, out long id)
    {
        id = 0;
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange('0', '9'))
            return "is neither an ID nor a range";

        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out id))
            return "is too large";

        return id == 0 ? "is too small, IDs start at 1" : null;
    }
}
