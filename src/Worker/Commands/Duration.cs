namespace Worker.Commands;

/// <summary>Durations as people write them: <c>2s</c>, <c>500ms</c>, <c>1m30s</c>, <c>1.5h</c>, or <c>00:00:02</c> as in the configuration.</summary>
internal static partial class Duration
{
    private const string Expected = "write it as 2s, 500ms, 1m30s or 00:00:02";

    private static readonly (string Name, decimal Milliseconds)[] Units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

    public static TimeSpan Parse(string text)
    {
        // A bare number would be days to TimeSpan, which is hardly what was meant.
        if (text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan clock))
            return clock;

        Match match = Parts().Match(text);
        if (!match.Success || match.Length == 0)
            throw new FormatException($"'{text}' is not a duration; {Expected}");

        decimal milliseconds = 0;
        foreach ((string unit, decimal worth) in Units.Where(unit => match.Groups[unit.Name].Success))
        {
            if (!decimal.TryParse(match.Groups[unit].ValueSpan, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value) || value > 1_000_000_000_000_000m)
                throw new FormatException($"'{text}' is not a duration; {Expected}");
            milliseconds += value * worth;
        }

        return milliseconds <= (decimal)TimeSpan.MaxValue.TotalDays * 86_400_000 - 1
            ? TimeSpan.FromTicks((long)(milliseconds * TimeSpan.TicksPerMillisecond))
            : throw new FormatException($"'{text}' is too long a duration");
    }

    [GeneratedRegex(@"\A((?<d>[0-9]+(\.[0-9]+)?)d)?((?<h>[0-9]+(\.[0-9]+)?)h)?((?<m>[0-9]+(\.[0-9]+)?)m)?((?<s>[0-9]+(\.[0-9]+)?)s)?((?<ms>[0-9]+(\.[0-9]+)?)ms)?\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parts();
}
