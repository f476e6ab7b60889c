namespace UpstreamSimulator.Faults;

/// <summary>What happens to the first, second, … request of an ID.</summary>
/// <param name="RepeatsLast">Whether the last step goes on for ever; otherwise requests after it are answered properly.</param>
public sealed record FaultScript(IReadOnlyList<Fault> Steps, bool RepeatsLast)
{
    /// <summary>The fault of the <paramref name="request"/>th request, counted from 1.</summary>
    public Fault At(int request) =>
        request <= Steps.Count ? Steps[request - 1] : RepeatsLast ? Steps[^1] : default;

    /// <summary>Reads <c>500,500,429@2</c>; a star before the last step repeats it for ever: <c>500,*html</c>.</summary>
    public static FaultScript Parse(string text)
    {
        string[] words = text.Split(',', StringSplitOptions.TrimEntries);
        if (Array.FindIndex(words, word => word.StartsWith('*')) is int star && star >= 0 && star < words.Length - 1)
            throw new FormatException($"'{text}': only the last fault of a script can have a star");

        return new FaultScript([.. words.Select(word => Fault.Parse(word.TrimStart('*')))], words[^1].StartsWith('*'));
    }
}
