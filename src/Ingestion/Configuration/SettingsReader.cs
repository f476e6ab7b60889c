using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Ingestion.Configuration;

/// <summary>
/// Fills an options object from configuration. The values of the last reading without errors are kept, because a reload happens on a thread
/// where an exception would end the process.
/// </summary>
internal sealed class SettingsReader<T>(IConfiguration configuration, string section) : IConfigureOptions<T>
    where T : class
{
    private volatile IConfiguration? _lastGood;

    public void Configure(T options)
    {
        List<string> errors = [];
        Settings.Apply(options, configuration, section, errors);
        if (errors.Count == 0)
        {
            _lastGood = Snapshot();
            return;
        }

        if (_lastGood is not { } lastGood)
            throw new IngestionConfigurationException(errors);

        Settings.Apply(options, lastGood, section, []);
    }

    private IConfigurationRoot Snapshot() =>
        new ConfigurationBuilder().AddInMemoryCollection(configuration.GetSection(section).AsEnumerable().Where(pair => pair.Value is not null)).Build();
}
