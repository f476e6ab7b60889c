namespace Worker.Commands;

/// <summary>A friendly option that stands for a configuration key.</summary>
/// <param name="convert">Turns what was written into what the configuration understands; a <see cref="FormatException"/> says what is wrong.</param>
internal sealed class SettingOption(string name, string key, Func<string, string>? convert = null) : ParsedOption<string>(name, convert ?? (text => text))
{
    public string Key { get; } = key;

    /// <summary>The source that it chooses, beside saying what the source delivers; null: it is about something else.</summary>
    public string? Source { get; init; }

    /// <summary>Whether the number is allowed depends on the strategy, which may be configured elsewhere.</summary>
    public static string DegreeText(string text) =>
        Degree.TryParse(text, out Degree degree) ? degree.ToString()
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number.ToString(CultureInfo.InvariantCulture)
        : throw new FormatException($"'{text}' is neither a whole number nor auto");

    public static long WholeNumber(string text, long least, long most) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most
            ? number
            : throw new FormatException($"'{text}' is not a whole number from {least} to {most}");

    public static string Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? text : throw new FormatException($"'{text}' is not a number");

    public static string AllowanceText(string text) =>
        FailureAllowance.TryParse(text.Trim(), out FailureAllowance allowance) ? allowance.ToString() : throw new FormatException($"'{text}' is not {FailureAllowance.Allowed}");

    public static string DurationText(string text) => Duration.Parse(text).ToString("c", CultureInfo.InvariantCulture);
}
