using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.KeyPerFile;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.FileProviders;
using Worker.Live;
using Worker.Recording;

namespace Worker.Hosting;

/// <summary>Every key of the configuration with its value and where that comes from.</summary>
internal static class MergedConfiguration
{
    private const string Mask = "***";

    /// <summary>What names the schema of a settings file, for editors.</summary>
    private const string SchemaKey = "$schema";

    /// <summary>The keys the worker knows, in the order of the documentation, then those it does not.</summary>
    /// <param name="configuration">As it was put together.</param>
    /// <param name="commandLine">What of it the command line says.</param>
    public static IReadOnlyList<MergedSetting> Read(ConfigurationManager configuration, IReadOnlyDictionary<string, string?> commandLine)
    {
        IConfiguration none = new ConfigurationBuilder().Build();
        SettingState[] known =
        [
            .. ConfigurationRules.Read(none), .. Settings.Read<HealthOptions>(none, HealthOptions.Section), .. Settings.Read<LiveOptions>(none, LiveOptions.Section),
            .. Settings.Read<RecordingOptions>(none, RecordingOptions.Section),
            new(StorageOptions.UrlKey, "none", FollowsReload: false, IsSecret: true), .. LogSettings.Read(configuration), .. OpenTelemetryVariables.Read(configuration),
        ];
        List<MergedSetting> settings = [];
        HashSet<string> set = [.. configuration.AsEnumerable().Where(setting => setting.Value is not null && setting.Key != SchemaKey).Select(setting => setting.Key)];
        foreach (SettingState setting in known)
        {
            string[] keys = [.. set.Where(key => key.Equals(setting.Key, StringComparison.OrdinalIgnoreCase) || key.StartsWith(setting.Key + ":", StringComparison.OrdinalIgnoreCase)).Order(StringComparer.OrdinalIgnoreCase)];
            set.ExceptWith(keys);
            // As the documentation writes it; what is below it is the user's.
            settings.AddRange(keys.Select(key => Locate(key, new MergedSetting(setting.Key + key[setting.Key.Length..], ConfigurationRules.Shown(setting, configuration[key]!), SettingOrigin.Default, Place: null, IsKnown: true))));
            if (keys.Length == 0)
                settings.Add(new MergedSetting(setting.Key, setting.Value == "none" ? null : setting.Value, SettingOrigin.Default, Place: null, IsKnown: true));
        }

        // What is in an environment is mostly for other programs. The value may be a secret whose key is misspelt.
        settings.AddRange(
            from key in set.Order(StringComparer.OrdinalIgnoreCase)
            let setting = Locate(key, new MergedSetting(key, Mask, SettingOrigin.Default, Place: null, IsKnown: false))
            where setting.Origin != SettingOrigin.Default && (setting.Origin != SettingOrigin.Environment || key.Contains(':', StringComparison.Ordinal) || OpenTelemetryVariables.IsOne(key))
            select setting);
        return settings;

        MergedSetting Locate(string key, MergedSetting setting)
        {
            IConfigurationProvider[] providers = [.. ((IConfigurationRoot)configuration).Providers];
            int last = Array.FindLastIndex(providers, provider => provider.TryGet(key, out _));
            return ((IConfigurationBuilder)configuration).Sources[last] switch
            {
                MemoryConfigurationSource memory => setting with { Origin = ReferenceEquals(memory.InitialData, commandLine) ? SettingOrigin.CommandLine : SettingOrigin.Default },
                EnvironmentVariablesConfigurationSource environment => setting with { Origin = SettingOrigin.Environment, Place = VariableOf(key, environment.Prefix ?? "") },
                FileConfigurationSource file => setting with { Origin = SettingOrigin.File, Place = file.FileProvider?.GetFileInfo(file.Path!).PhysicalPath ?? file.Path },
                KeyPerFileConfigurationSource secrets => setting with { Origin = SettingOrigin.File, Place = FileOf(key, secrets.FileProvider!) },
                _ => setting,
            };
        }
    }

    private static string? VariableOf(string key, string prefix) => Environment.GetEnvironmentVariables().Keys.Cast<string>().FirstOrDefault(name =>
        name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && IsName(name[prefix.Length..], key))
        // Such as CUSTOMCONNSTR_Postgres, which the framework knows.
        ?? Environment.GetEnvironmentVariables().Keys.Cast<string>().FirstOrDefault(name => name.EndsWith("CONNSTR_" + key.Split(':')[^1], StringComparison.OrdinalIgnoreCase));

    private static string? FileOf(string key, IFileProvider folder) =>
        folder.GetDirectoryContents("").FirstOrDefault(file => IsName(file.Name, key))?.PhysicalPath;

    private static bool IsName(string name, string key) => name.Replace("__", ":", StringComparison.Ordinal).Equals(key, StringComparison.OrdinalIgnoreCase);
}
