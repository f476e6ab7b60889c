namespace UpstreamSimulator.Faults;

/// <summary>Faults that are laid down for certain IDs, request by request. ID 0 stands for the pages of lists and for tokens.</summary>
public sealed class FaultPlan
{
    public static readonly FaultPlan None = new("", []);

    private readonly string _text;
    private readonly Dictionary<int, FaultScript> _single = [];
    private readonly List<(IdRange Range, FaultScript Script)> _ranges = [];

    private FaultPlan(string text, IEnumerable<(IdRange Range, FaultScript Script)> entries)
    {
        _text = text;
        foreach ((IdRange range, FaultScript script) in entries)
        {
            if (range.First == range.Last)
                _single[range.First] = script;
            else
                _ranges.Add((range, script));
        }
    }

    /// <summary>Reads <c>7:500,500,429@2;13:*html;100-199:*ok</c>. An ID of its own goes before a range; an empty text is no faults.</summary>
    public static FaultPlan Parse(string text) =>
        new(text, [.. text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(ParseEntry)]);

    /// <summary>The script of an ID, or null when nothing is laid down for it.</summary>
    public FaultScript? Find(int id)
    {
        if (_single.TryGetValue(id, out FaultScript? script))
            return script;

        foreach ((IdRange range, FaultScript ranged) in _ranges)
        {
            if (range.Contains(id))
                return ranged;
        }

        return null;
    }

    public override string ToString() => _text;

    private static (IdRange Range, FaultScript Script) ParseEntry(string text)
    {
        int colon = text.IndexOf(':');
        if (colon < 0)
            throw new FormatException($"'{text}' is not of the form ID:fault,fault,... such as 7:500,500,429");

        return (IdRange.Parse(text[..colon]), FaultScript.Parse(text[(colon + 1)..]));
    }
}
