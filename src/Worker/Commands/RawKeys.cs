namespace Worker.Commands;

/// <summary>
/// Configuration keys given as they are: <c>--Ingestion:ChannelCapacity=64</c> or <c>--Ingestion:ChannelCapacity 64</c>.
/// They work with every command, so they are taken out before the command line is parsed.
/// </summary>
internal sealed record RawKeys(IReadOnlyDictionary<string, string?> Settings, IReadOnlyList<string> Rest, string? Error)
{
    public static RawKeys TakeFrom(IReadOnlyList<string> args, IReadOnlySet<string> optionNames)
    {
        Dictionary<string, string?> settings = new(StringComparer.OrdinalIgnoreCase);
        List<string> rest = [];
        for (int i = 0; i < args.Count; i++)
        {
            string[] parts = args[i].Split('=', 2);
            int colon = parts[0].IndexOf(':', StringComparison.Ordinal);

            // "--dop:5" is the parser's own way to write "--dop 5".
            if (!parts[0].StartsWith("--", StringComparison.Ordinal) || colon <= 2 || optionNames.Contains(parts[0][..colon]))
                rest.Add(args[i]);
            else if (parts is [_, var value])
                settings[parts[0][2..]] = value;
            else if (i + 1 < args.Count && !args[i + 1].StartsWith("--", StringComparison.Ordinal))
                settings[parts[0][2..]] = args[++i];
            else
                return new RawKeys(settings, rest, $"{args[i]} has no value");
        }

        return new RawKeys(settings, rest, Error: null);
    }
}
