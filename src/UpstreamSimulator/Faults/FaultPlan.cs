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

    /// <summary>Reads <c>7:500,500,429@2;13:*html;100-199:*ok</c>. A single ID goes before a range; an empty text is no faults.</summary>
    public static FaultPlan Parse(string text) =>
        new(text, [.. text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(ParseEntry)]);

    /// <summary>The script of an ID, or null when nothing is laid down for it.</summary>
    public FaultScript? Find(int id)
    {
        FaultScript? script = _single.GetValueOrDefault(id);
        for (int i = 0; script is null && i < _ranges.Count; i++)
            script = _ranges[i].Range.Contains(id) ? _ranges[i].Script : null;
        return script;
    }

    public override string ToString() => _text;

    private static (IdRange Range, FaultScript Script) ParseEntry(string text) => text.Split(':', 2) is [var ids, var script]
        ? (IdRange.Parse(ids), FaultScript.Parse(script))
        : throw new FormatException($"'{text}' is not of the form ID:fault,fault,... such as 7:500,500,429");
}
