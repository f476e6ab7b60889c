using Ingestion.Characters;
using Ingestion.Concurrency;
using Ingestion.Configuration;
using Ingestion.Storage;
using Ingestion.Telemetry;
using Ingestion.Upstream;
using Microsoft.Extensions.Configuration;

namespace Ingestion.Runs;

/// <summary>Checks the whole configuration before anything is built: every section by itself, then what must fit together.</summary>
internal static class ConfigurationRules
{
    public static IReadOnlyList<string> SourceNames { get; } = ["Ids", "Catalog"];

    /// <exception cref="IngestionConfigurationException">With one line per error.</exception>
    public static void Check(IConfiguration configuration)
    {
        IngestionOptions ingestion = new();
        UpstreamOptions upstream = new();
        List<string> errors = [];
        Settings.Apply(ingestion, configuration, IngestionOptions.Section, errors);
        Settings.Apply(upstream, configuration, UpstreamOptions.Section, errors);
        errors.AddRange(Settings.Check<TransformOptions>(configuration, TransformOptions.Section));
        errors.AddRange(Settings.Check<TracingOptions>(configuration, TracingOptions.Section));
        errors.AddRange(Settings.Check<StorageOptions>(configuration, StorageOptions.Section));
        errors.AddRange(Check(ingestion));
        if (upstream.BaseAddress is { Query.Length: > 0 } or { Fragment.Length: > 0 })
            errors.Add($"{UpstreamOptions.Section}:BaseAddress is '{upstream.BaseAddress}', but must be an API root without query or fragment");
        if (errors.Count > 0)
            throw new IngestionConfigurationException(errors);
    }

    private static IEnumerable<string> Check(IngestionOptions ingestion)
    {
        const string section = IngestionOptions.Section;
        if (!SourceNames.Contains(ingestion.Source, StringComparer.OrdinalIgnoreCase))
            yield return Choice($"{section}:Source", ingestion.Source, SourceNames);

        if (IsSource(ingestion, "Ids") && !IdRanges.TryParse(ingestion.Ids, out _, out string? error))
            yield return $"{section}:Ids is '{Shorten(ingestion.Ids)}', but {error}";

        if (StrategyCatalog.Find(ingestion.Strategy) is not { } strategy)
            yield return Choice($"{section}:Strategy", ingestion.Strategy, [.. StrategyCatalog.All.Select(known => known.Name)]);
        else if (ingestion.DegreeOfParallelism < strategy.MinimumDegree)
            yield return $"{section}:DegreeOfParallelism is '{ingestion.DegreeOfParallelism}', but must be at least {strategy.MinimumDegree} with the strategy {strategy.Name}";
    }

    public static bool IsSource(IngestionOptions ingestion, string name) => string.Equals(ingestion.Source, name, StringComparison.OrdinalIgnoreCase);

    private static string Choice(string key, string value, IReadOnlyList<string> allowed)
    {
        string? nearest = Suggestion.Nearest(value, allowed);
        string suggestion = nearest is null ? string.Empty : $"; did you mean {nearest}?";
        return $"{key} is '{value}', but must be one of {string.Join(", ", allowed)}{suggestion}";
    }

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
