namespace Worker.Commands;

/// <summary>
/// Configuration keys given as they are: <c>--Ingestion:ChannelCapacity=64</c> or <c>--Ingestion:ChannelCapacity 64</c>.
/// They work with every command, so they are taken out before the command line is parsed.
/// </summary>
/// <param name="Settings">The keys and their values; the last one wins.</param>
/// <param name="Rest">What is left for the parser.</param>
/// <param name="Error">What is wrong with a key, or null.</param>
internal sealed record RawKeys(IReadOnlyDictionary<string, string?> Settings, IReadOnlyList<string> Rest, string? Error)
{
    public static RawKeys TakeFrom(IReadOnlyList<string> args, IReadOnlySet<string> optionNames)
    {
        Dictionary<string, string?> settings = new(StringComparer.OrdinalIgnoreCase);
        List<string> rest = [];
        for (int i = 0; i < args.Count; i++)
        {
            if (!IsRawKey(args[i], optionNames))
            {
                rest.Add(args[i]);
                continue;
            }

            int equals = args[i].IndexOf('=', StringComparison.Ordinal);
            string key = equals < 0 ? args[i][2..] : args[i][2..equals];
            if (equals >= 0)
                settings[key] = args[i][(equals + 1)..];
            else if (i + 1 < args.Count && !args[i + 1].StartsWith("--", StringComparison.Ordinal))
                settings[key] = args[++i];
            else
                return new RawKeys(settings, rest, $"--{key} has no value");
        }

        return new RawKeys(settings, rest, Error: null);
    }

    private static bool IsRawKey(string arg, IReadOnlySet<string> optionNames)
    {
        if (!arg.StartsWith("--", StringComparison.Ordinal))
            return false;

        int equals = arg.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? arg : arg[..equals];
        int colon = name.IndexOf(':', StringComparison.Ordinal);

        // "--dop:5" is the parser's own way to write "--dop 5".
        return colon > 2 && !optionNames.Contains(name[..colon]);
    }
}
