using Microsoft.Extensions.Configuration.Json;

namespace Worker.Hosting;

/// <summary>
/// A settings file whose values stay when a change of it cannot be read: it may be half written, and the defaults would come as a surprise. Those of the log stay when one of
/// them is wrong: the framework reads them by itself, and would ignore it or throw.
/// </summary>
internal sealed class SettingsFile : JsonConfigurationSource
{
    /// <summary>Why the last change, or what it says of the log, was not taken over. One line each.</summary>
    public IReadOnlyList<string> Problems { get; private set; } = [];

    /// <summary>A section that is passed over, but for its key <c>File</c>; null: none.</summary>
    public string? LeavesOut { get; set; }

    /// <summary>The same file, read in this way.</summary>
    public static SettingsFile From(JsonConfigurationSource file) => new()
    {
        FileProvider = file.FileProvider,
        Path = file.Path!,
        Optional = file.Optional,
        ReloadOnChange = file.ReloadOnChange,
        ReloadDelay = file.ReloadDelay,
    };

    public override IConfigurationProvider Build(IConfigurationBuilder builder)
    {
        EnsureDefaults(builder);
        return new Provider(this);
    }

    private sealed class Provider(SettingsFile file) : JsonConfigurationProvider(file)
    {
        private bool _wasRead;

        public override void Load(Stream stream)
        {
            IDictionary<string, string?> before = Data;
            try
            {
                base.Load(stream);
                file.Problems = _wasRead ? LogSettings.FindErrors(new ConfigurationBuilder().AddInMemoryCollection(Data).Build()) : [];
                if (file.Problems.Count > 0)
                    Data = Data.Where(setting => !IsOfLog(setting.Key)).Concat(before.Where(setting => IsOfLog(setting.Key))).ToDictionary(StringComparer.OrdinalIgnoreCase);
                foreach (string key in Data.Keys.Where(key => file.LeavesOut is { } section && key.StartsWith(section + ":", StringComparison.OrdinalIgnoreCase) && !key.EndsWith(":File", StringComparison.OrdinalIgnoreCase)).ToArray())
                    Data.Remove(key);
                _wasRead = true;
            }
            catch (FormatException e) when (_wasRead)
            {
                file.Problems = [WorkerConfiguration.Describe(file.Path!, e)];
            }
        }

        private static bool IsOfLog(string key) => key.StartsWith(LogSettings.Section, StringComparison.OrdinalIgnoreCase);
    }
}
