namespace Worker.Hosting;

/// <summary>Section <c>Logging</c>, which belongs to the framework and follows reloads.</summary>
internal static class LogSettings
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Logging";

    private const string Levels = "LogLevel";

    public static AllowedValue Level { get; } = AllowedValue.OneOf(Enum.GetNames<LogLevel>()) with
    {
        Includes = text => Enum.TryParse(text, ignoreCase: true, out LogLevel level) && Enum.IsDefined(level) && !text.Contains(',', StringComparison.Ordinal),
    };

    /// <summary>What the providers read, by the key below the section: they throw at one bad value and ignore the next.</summary>
    public static IReadOnlyDictionary<string, AllowedValue> Known { get; } = new Dictionary<string, AllowedValue>(StringComparer.OrdinalIgnoreCase)
    {
        ["Console:FormatterName"] = AllowedValue.OneOf("simple", "json", "systemd"),
        ["Console:LogToStandardErrorThreshold"] = Level,
        ["Console:MaxQueueLength"] = AllowedValue.WholeNumber(1),
        ["Console:QueueFullMode"] = AllowedValue.OneOf("Wait", "DropWrite"),
        ["Console:FormatterOptions:ColorBehavior"] = AllowedValue.OneOf("Default", "Enabled", "Disabled"),
        ["Console:FormatterOptions:TimestampFormat"] = new("a .NET format of date and time, such as yyyy-MM-ddTHH:mm:ssZ", IsTimestampFormat),
        ["Console:FormatterOptions:IncludeScopes"] = AllowedValue.Flag,
        ["Console:FormatterOptions:SingleLine"] = AllowedValue.Flag,
        ["Console:FormatterOptions:UseUtcTimestamp"] = AllowedValue.Flag,
        ["Console:FormatterOptions:JsonWriterOptions:Indented"] = AllowedValue.Flag,
        ["OpenTelemetry:IncludeFormattedMessage"] = AllowedValue.Flag,
        ["OpenTelemetry:IncludeScopes"] = AllowedValue.Flag,
    };

    /// <summary>What the framework would throw at, and what it would ignore without a word. One line each.</summary>
    public static IReadOnlyList<string> FindErrors(IConfiguration configuration) => [.. Read(configuration).Select(ErrorOf).OfType<string>()];

    /// <summary>Every key with the value it has.</summary>
    public static IReadOnlyList<SettingState> Read(IConfiguration configuration) =>
        [.. configuration.GetSection(Section).AsEnumerable()
            .Where(setting => setting.Value is not null)
            .Select(setting => new SettingState(setting.Key, setting.Value!, FollowsReload: true))];

    private static string? ErrorOf(SettingState setting)
    {
        string key = setting.Key[Math.Min(Section.Length + 1, setting.Key.Length)..];
        string[] parts = key.Split(':');
        int levels = Array.FindIndex(parts, part => part.Equals(Levels, StringComparison.OrdinalIgnoreCase));

        // Logging:LogLevel:{category} and Logging:{provider}:LogLevel:{category}. Debug, EventLog and EventSource are providers of other programs.
        AllowedValue? allowed = levels == 0 || (levels == 1 && IsProvider(parts[0]))
            ? parts.Length > levels + 1 ? Level : new($"set for a category: {setting.Key}:Default", _ => false)
            : parts[0].ToUpperInvariant() is "DEBUG" or "EVENTLOG" or "EVENTSOURCE" ? new("", _ => true) : Known.GetValueOrDefault(key);
        string value = setting.Value.Trim();
        if (allowed is not null)
            return value.Length == 0 || allowed.Includes(value) ? null : $"{setting.Key} is '{value}', but must be {allowed.Text}";

        // The one that ends in the same word, which then is in the wrong place; or the one that is written nearly so.
        string? nearest = Known.Keys.FirstOrDefault(known => known.EndsWith(":" + parts[^1], StringComparison.OrdinalIgnoreCase))
            ?? Suggestion.Nearest(key, Known.Keys.Append(string.Join(':', [Levels, .. parts[1..]])));
        return nearest is null
            ? $"{setting.Key} is not a setting; allowed below {Section} are {Levels} and {string.Join(", ", Known.Keys)}"
            : $"{setting.Key} is not a setting; did you mean {Section}:{nearest}?";
    }

    // A provider may also be called by the full name of its type.
    private static bool IsProvider(string name) =>
        name.Contains('.', StringComparison.Ordinal) || name.ToUpperInvariant() is "CONSOLE" or "OPENTELEMETRY" or "DEBUG" or "EVENTLOG" or "EVENTSOURCE";

    private static bool IsTimestampFormat(string format)
    {
        try
        {
            return DateTimeOffset.UnixEpoch.ToString(format, CultureInfo.InvariantCulture).Length > 0;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
