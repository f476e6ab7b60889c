namespace Worker.Commands;

/// <summary>Points in time as people write them: ISO 8601 (<c>2026-11-23</c>, <c>2026-11-23T14:20:00+01:00</c>; UTC unless it says otherwise), or how long ago: <c>24h</c>, <c>1h30m</c>.</summary>
internal static class Moment
{
    private static readonly string[] Formats =
        ["yyyy-MM-dd", "yyyy-MM-ddTHH:mmK", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mmK", "yyyy-MM-dd HH:mm:ssK"];

    public static DateTimeOffset Parse(string text, DateTimeOffset now)
    {
        if (DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time))
            return time;

        try
        {
            // 14:20 could be a time of today as well as a duration, so a duration needs its units here.
            if (!text.Contains(':', StringComparison.Ordinal))
                return now - Duration.Parse(text);
        }
        catch (Exception e) when (e is FormatException or ArgumentOutOfRangeException)
        {
            // Neither the one nor the other.
        }

        throw new FormatException($"'{text}' is not a time; write it as 2026-11-23, 2026-11-23T14:20:00Z, or as how long ago: 24h, 1h30m");
    }
}
