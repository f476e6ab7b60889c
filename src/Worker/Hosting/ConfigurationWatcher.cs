using Microsoft.Extensions.Primitives;
using Worker.Live;
using Worker.Recording;

namespace Worker.Hosting;

/// <summary>Says in the log what a reload of the configuration changed, what it changes after a restart only, and what is wrong with it.</summary>
internal sealed class ConfigurationWatcher(IConfiguration configuration, IEnumerable<SettingsFile> files, ILogger<ConfigurationWatcher> logger)
    : IHostedService, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Area[] _areas =
    [
        new(ConfigurationRules.FindErrors, ConfigurationRules.Read),
        new(changed => Settings.Check<HealthOptions>(changed, HealthOptions.Section), changed => Settings.Read<HealthOptions>(changed, HealthOptions.Section)),
        new(changed => Settings.Check<LiveOptions>(changed, LiveOptions.Section), changed => Settings.Read<LiveOptions>(changed, LiveOptions.Section)),
        new(changed => Settings.Check<RecordingOptions>(changed, RecordingOptions.Section), changed => Settings.Read<RecordingOptions>(changed, RecordingOptions.Section)),
        // A file does not let go of a good one for a bad one.
        new(_ => [], LogSettings.Read),
    ];

    private IReadOnlyList<string> _errors = [];
    private IDisposable? _registration;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (Area area in _areas)
            area.InForce = ReadByKey(area);
        _registration = ChangeToken.OnChange(configuration.GetReloadToken, OnReload);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _registration?.Dispose();

    // Saving a file once may reload it twice, and several files may be reloaded at the same moment.
    private void OnReload()
    {
        lock (_lock)
        {
            List<string> errors = [.. files.SelectMany(file => file.Problems)];
            foreach (Area area in _areas)
            {
                IReadOnlyList<string> found = area.FindErrors(configuration);
                errors.AddRange(found);
                if (found.Count == 0)
                    Compare(area);
            }

            foreach (string error in errors.Except(_errors, StringComparer.Ordinal))
                Log.ReloadRefused(logger, error);
            _errors = errors;
        }
    }

    private void Compare(Area area)
    {
        Dictionary<string, SettingState> changed = ReadByKey(area);
        foreach (string key in area.InForce.Keys.Union(changed.Keys, StringComparer.OrdinalIgnoreCase).ToArray())
        {
            SettingState before = area.InForce.GetValueOrDefault(key) ?? changed[key] with { Value = "none" };
            SettingState now = changed.GetValueOrDefault(key) ?? before with { Value = "none" };
            if (!now.FollowsReload)
            {
                ReportPending(area, before, now);
            }
            else if (now.Value != before.Value)
            {
                area.InForce[key] = now;
                Log.SettingChanged(logger, key, Shorten(now.Value), Shorten(before.Value));
            }
        }
    }

    /// <summary>What was read at start stays in force, and each value that waits for a restart is reported once.</summary>
    private void ReportPending(Area area, SettingState inForce, SettingState now)
    {
        if (now.Value == area.Pending.GetValueOrDefault(now.Key, inForce.Value))
            return;

        area.Pending[now.Key] = now.Value;
        if (now.IsSecret)
            Log.SecretNeedsRestart(logger, now.Key);
        else if (now.Value == inForce.Value)
            Log.SettingIsBack(logger, now.Key, Shorten(now.Value));
        else
            Log.SettingNeedsRestart(logger, now.Key, Shorten(inForce.Value), Shorten(now.Value));
    }

    private Dictionary<string, SettingState> ReadByKey(Area area) =>
        area.Read(configuration).ToDictionary(setting => setting.Key, StringComparer.OrdinalIgnoreCase);

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";

    /// <summary>Settings that are taken over together or not at all.</summary>
    private sealed record Area(Func<IConfiguration, IReadOnlyList<string>> FindErrors, Func<IConfiguration, IReadOnlyList<SettingState>> Read)
    {
        public Dictionary<string, SettingState> InForce { get; set; } = [];

        public Dictionary<string, string> Pending { get; } = new(StringComparer.OrdinalIgnoreCase);
    }
}
