using Ingestion.Configuration;

namespace Worker.Hosting;

/// <summary>Section <c>Logging</c>, which belongs to the framework and follows reloads.</summary>
internal static class LogSettings
{
    private const string Section = "Logging";
    private const string Levels = "LogLevel";

    /// <summary>The framework would throw at the first of them. One line each.</summary>
    public static IReadOnlyList<string> FindErrors(IConfiguration configuration) =>
        [.. Read(configuration)
            .Where(setting => IsLevel(setting.Key) && setting.Value.Length > 0 && !Enum.TryParse<LogLevel>(setting.Value, ignoreCase: true, out _))
            .Select(setting => $"{setting.Key} is '{setting.Value}', but must be one of {string.Join(", ", Enum.GetNames<LogLevel>())}")];

    /// <summary>Every key with the value it has.</summary>
    public static IReadOnlyList<SettingState> Read(IConfiguration configuration) =>
        [.. configuration.GetSection(Section).AsEnumerable()
            .Where(setting => setting.Value is not null)
            .Select(setting => new SettingState(setting.Key, setting.Value!, FollowsReload: true))];

    // Logging:LogLevel:{category} and Logging:{provider}:LogLevel:{category}
    private static bool IsLevel(string key) => key.Split(':') is [_, Levels, _, ..] or [_, _, Levels, _, ..];
}
