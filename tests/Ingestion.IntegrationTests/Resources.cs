using Ingestion.Records;
using Microsoft.Extensions.Configuration;
using TestSupport.Settings;

namespace Ingestion.IntegrationTests;

/// <summary>Resources for tests.</summary>
internal static class Resources
{
    /// <summary>The one that is shipped.</summary>
    public static Resource Character { get; } = With();

    /// <summary>It with other values.</summary>
    public static Resource With(params (string Key, string Value)[] changes) => ResourceRules.Read(Configuration(changes));

    /// <summary>A configuration with it and other values.</summary>
    public static IConfigurationRoot Configuration(params (string Key, string Value)[] changes) => new ConfigurationBuilder()
        .AddInMemoryCollection(ShippedSettings.Resource)
        .AddInMemoryCollection(changes.Select(change => KeyValuePair.Create(change.Key, (string?)change.Value)))
        .Build();
}
