using Microsoft.Extensions.Configuration.Json;

namespace Worker.Hosting;

/// <summary>A settings file whose values stay when a change of it cannot be read: it may be half written, and the defaults would come as a surprise.</summary>
internal sealed class SettingsFile : JsonConfigurationSource
{
    /// <summary>Why the last change was not taken over, in one line, or null.</summary>
    public string? Problem { get; private set; }

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
            try
            {
                base.Load(stream);
                foreach (string key in Data.Keys.Where(key => file.LeavesOut is { } section && key.StartsWith(section + ":", StringComparison.OrdinalIgnoreCase) && !key.EndsWith(":File", StringComparison.OrdinalIgnoreCase)).ToArray())
                    Data.Remove(key);
                _wasRead = true;
                file.Problem = null;
            }
            catch (FormatException e) when (_wasRead)
            {
                file.Problem = WorkerConfiguration.Describe(file.Path!, e);
            }
        }
    }
}
