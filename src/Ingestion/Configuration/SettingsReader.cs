using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;

namespace Ingestion.Configuration;

/// <summary>
/// Fills an options object from configuration. The values of the last reading without errors are kept, because a reload happens on a thread
/// where nobody would see an exception.
/// </summary>
internal sealed class SettingsReader<[DynamicallyAccessedMembers(Settings.Needed)] T>(IConfiguration configuration, string section, Func<IConfiguration, IReadOnlyList<string>> check) : IConfigureOptions<T>
    where T : class
{
    private volatile IConfiguration? _lastGood;

    public void Configure(T options)
    {
        IReadOnlyList<string> errors = check(configuration);
        if (errors.Count == 0)
            _lastGood = Snapshot();
        else if (_lastGood is null)
            throw new IngestionConfigurationException(errors);

        Settings.Apply(options, _lastGood!, section, []);
    }

    private IConfigurationRoot Snapshot() =>
        new ConfigurationBuilder().AddInMemoryCollection(configuration.GetSection(section).AsEnumerable().Where(pair => pair.Value is not null)).Build();
}
