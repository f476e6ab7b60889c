using Ingestion.Characters;
using Ingestion.Runs;
using Ingestion.Storage;
using Ingestion.Telemetry;
using Ingestion.Upstream;
using Worker.Hosting;

namespace Worker.Commands;

/// <summary>The keys of this service's own sections. A misspelt one on the command line is refused instead of ignored; other sections, such as <c>Logging</c>, are not ours to check.</summary>
internal static class KnownKeys
{
    private static readonly Dictionary<string, string[]> Sections = new(StringComparer.OrdinalIgnoreCase)
    {
        [IngestionOptions.Section] = NamesOf<IngestionOptions>(),
        [UpstreamOptions.Section] = NamesOf<UpstreamOptions>(),
        [TransformOptions.Section] = NamesOf<TransformOptions>(),
        [StorageOptions.Section] = NamesOf<StorageOptions>(),
        [TracingOptions.Section] = NamesOf<TracingOptions>(),
        [HealthOptions.Section] = NamesOf<HealthOptions>(),
        ["ConnectionStrings"] = [StorageOptions.ConnectionStringKey.Split(':')[^1]],
    };

    /// <summary>One sentence if the key cannot have an effect, otherwise null.</summary>
    public static string? WhatIsWrongWith(string key)
    {
        string[] parts = key.Split(':', 2);
        return Sections.TryGetValue(parts[0], out string[]? names) && !names.Contains(parts[1], StringComparer.OrdinalIgnoreCase)
            ? $"--{key} is not a setting; {parts[0]} has {string.Join(", ", names)}"
            : null;
    }

    private static string[] NamesOf<T>() => [.. typeof(T).GetProperties().Select(property => property.Name)];
}
