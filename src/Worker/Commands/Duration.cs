namespace Worker.Commands;

/// <summary>Durations as people write them: <c>2s</c>, <c>500ms</c>, <c>1m30s</c>, <c>1.5h</c>, or <c>00:00:02</c> as in the configuration.</summary>
internal static partial class Duration
{
    private const string Expected = "write it as 2s, 500ms, 1m30s or 00:00:02";

    /// <exception cref="FormatException">The text is not a duration; the message says so.</exception>
    public static TimeSpan Parse(string text)
    {
        // A bare number would be days to TimeSpan, which is hardly what was meant.
        if (text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan clock))
            return clock;

        Match match = Parts().Match(text);
        if (!match.Success || match.Length == 0)
            throw new FormatException($"'{text}' is not a duration; {Expected}");

        decimal milliseconds = 0;
        foreach (Capture part in match.Groups["part"].Captures)
            milliseconds += Milliseconds(part.Value, text);

        return milliseconds <= (decimal)TimeSpan.MaxValue.TotalDays * 86_400_000 - 1
            ? TimeSpan.FromTicks((long)(milliseconds * TimeSpan.TicksPerMillisecond))
            : throw new FormatException($"'{text}' is too long a duration");
    }

    private static decimal Milliseconds(string part, string text)
    {
        string number = part.TrimEnd('d', 'h', 'm', 's');
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value) || value > 1_000_000_000_000_000m)
            throw new FormatException($"'{text}' is not a duration; {Expected}");

        return value * part[number.Length..] switch
        {
            "d" => 86_400_000,
            "h" => 3_600_000,
            "m" => 60_000,
            "s" => 1_000,
            _ => 1,
        };
    }

    [GeneratedRegex(@"\A(?<part>[0-9]+(\.[0-9]+)?d)?(?<part>[0-9]+(\.[0-9]+)?h)?(?<part>[0-9]+(\.[0-9]+)?m)?(?<part>[0-9]+(\.[0-9]+)?s)?(?<part>[0-9]+(\.[0-9]+)?ms)?\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parts();
}
