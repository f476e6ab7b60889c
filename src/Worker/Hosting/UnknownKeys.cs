using Worker.Live;
using Worker.Recording;

namespace Worker.Hosting;

/// <summary>Keys that nobody reads: a mistake on the command line, which is for this program alone; in the environment only when one is nearly ours.</summary>
internal static class UnknownKeys
{
    private static readonly string[] Keys =
    [
        .. ConfigurationRules.Read(new ConfigurationBuilder().Build()).Select(setting => setting.Key),
        .. Settings.Describe<HealthOptions>(HealthOptions.Section).Select(setting => setting.Key),
        .. Settings.Describe<LiveOptions>(LiveOptions.Section).Select(setting => setting.Key),
        .. Settings.Describe<RecordingOptions>(RecordingOptions.Section).Select(setting => setting.Key),
    ];

    private static readonly string[] Sections = [.. Keys.Select(SectionOf).Append(LogSettings.Section).Distinct(StringComparer.OrdinalIgnoreCase)];

    /// <summary>One line for each key of the command line that nobody reads.</summary>
    public static IReadOnlyList<string> FindErrors(IEnumerable<string> commandLine) =>
        [.. commandLine.Where(key => key.Contains(':', StringComparison.Ordinal) && !IsRead(key)).Select(key => Nearest(key) is { } nearest
            ? $"{key} is not a setting; did you mean {nearest}?"
            : $"{key} is not a setting; allowed are keys below {string.Join(", ", Sections)}")];

    /// <summary>Says which keys may have been meant for this program, wherever they come from.</summary>
    public static void Warn(IServiceProvider services)
    {
        IConfiguration configuration = services.GetRequiredService<IConfiguration>();
        ILogger logger = services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(UnknownKeys));
        IEnumerable<(string Key, string? Known)> misses = configuration.AsEnumerable()
            .Where(setting => setting.Value is not null && setting.Key.Contains(':', StringComparison.Ordinal) && !IsRead(setting.Key))
            .Select(setting => (setting.Key, Nearest(setting.Key)));
        foreach ((string key, string? known) in misses.Concat(OpenTelemetryVariables.NearMisses(configuration)))
        {
            if (known is not null)
                Log.NearMiss(logger, key, known);
        }
    }

    /// <summary>What is below a section of ours is read and checked there, but for connection strings, which anybody may have.</summary>
    private static bool IsRead(string key) => SectionOf(key).Equals("ConnectionStrings", StringComparison.OrdinalIgnoreCase)
        ? Keys.Contains(key, StringComparer.OrdinalIgnoreCase)
        : Sections.Contains(SectionOf(key), StringComparer.OrdinalIgnoreCase);

    private static string? Nearest(string key)
    {
        if (Suggestion.Nearest(SectionOf(key), Sections) is not { } section)
            return null;

        string meant = section + key[SectionOf(key).Length..];
        return IsRead(meant) ? meant : Suggestion.Nearest(meant, Keys, most: 2);
    }

    private static string SectionOf(string key) => key.Split(':')[0];
}
