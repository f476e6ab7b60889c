namespace UpstreamSimulator.Settings;

/// <summary>Reads the values of settings.</summary>
internal static class SettingText
{
    /// <summary>Reads <c>2s</c>, <c>150ms</c>, <c>1m</c>, <c>00:00:02</c> or <c>0</c>.</summary>
    public static TimeSpan Duration(string text)
    {
        TimeSpan? duration =
            text == "0" ? TimeSpan.Zero
            : Scaled(text, "ms", 1) ?? Scaled(text, "s", 1000) ?? Scaled(text, "m", 60_000)
            ?? (text.Contains(':') && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan span) ? span : null);

        return duration is { } value && value >= TimeSpan.Zero && value <= TimeSpan.FromDays(1)
            ? value
            : throw new FormatException($"'{text}' is not a duration such as 2s, 150ms or 00:00:02, at most a day");
    }

    public static int Number(string text, int least, int most) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number
            : throw new FormatException($"'{text}' is not a whole number from {least} to {most}");

    public static Uri Url(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https"
            ? url!
            : throw new FormatException($"'{text}' is not an absolute http or https URL");

    private static TimeSpan? Scaled(string text, string unit, double milliseconds) =>
        text.EndsWith(unit, StringComparison.Ordinal) && double.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double amount)
        && amount * milliseconds <= TimeSpan.FromDays(1).TotalMilliseconds
            ? TimeSpan.FromMilliseconds(amount * milliseconds)
            : null;
}
