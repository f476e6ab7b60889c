using Ingestion.Concurrency;
using Ingestion.Records;
using Ingestion.Sources;
using Ingestion.Sources.RabbitMq;
using Ingestion.Storage;
using Ingestion.Storage.Postgres;
using Ingestion.Upstream;
using Microsoft.Extensions.Configuration;

namespace Ingestion.Runs;

/// <summary>The whole configuration of the library: what is wrong with it, and what it says.</summary>
public static class ConfigurationRules
{
    internal static IReadOnlyList<string> SourceNames { get; } = ["Ids", "Catalog", "File", "Query", "RabbitMq"];

    /// <summary>Checks every section by itself, then what must fit together.</summary>
    /// <exception cref="IngestionConfigurationException">With one line per error.</exception>
    public static void Check(IConfiguration configuration)
    {
        if (FindErrors(configuration) is { Count: > 0 } errors)
            throw new IngestionConfigurationException(errors);
    }

    /// <summary>Every setting with the value it has.</summary>
    public static IReadOnlyList<SettingState> Read(IConfiguration configuration) =>
    [
        new(StorageOptions.ConnectionStringKey, configuration[StorageOptions.ConnectionStringKey] ?? "none", FollowsReload: false, IsSecret: true),
        new(RabbitMqOptions.ConnectionStringKey, configuration[RabbitMqOptions.ConnectionStringKey] ?? "none", FollowsReload: false, IsSecret: true),
        .. Settings.Read<UpstreamOptions>(configuration, UpstreamOptions.Section),
        .. Settings.Read<OAuthOptions>(configuration, OAuthOptions.Section),
        .. Settings.Read<ResourceOptions>(configuration, ResourceOptions.Section),
        .. Settings.Read<IngestionOptions>(configuration, IngestionOptions.Section),
        .. Settings.Read<TransformOptions>(configuration, TransformOptions.Section),
        .. Settings.Read<TracingOptions>(configuration, TracingOptions.Section),
        .. Settings.Read<StorageOptions>(configuration, StorageOptions.Section),
        .. Settings.Read<RabbitMqOptions>(configuration, RabbitMqOptions.Section),
    ];

    /// <summary>A value of a setting as it may be shown.</summary>
    public static string Shown(SettingState setting, string value) => setting.Key switch
    {
        StorageOptions.ConnectionStringKey or StorageOptions.UrlKey => PostgresSettings.WithoutPasswords(value),
        RabbitMqOptions.ConnectionStringKey => Settings.WithoutCredentials(value),
        _ => setting.IsSecret ? "***" : value.Contains("://", StringComparison.Ordinal) ? Settings.WithoutCredentials(value) : value,
    };

    /// <summary>One line per error.</summary>
    public static IReadOnlyList<string> FindErrors(IConfiguration configuration)
    {
        IngestionOptions ingestion = new();
        List<string> errors = [];
        Settings.Apply(ingestion, configuration, IngestionOptions.Section, errors);
        errors.AddRange(FindErrorsOfRecords(configuration, out UpstreamOptions upstream, out Resource? resource));
        TracingOptions tracing = new();
        Settings.Apply(tracing, configuration, TracingOptions.Section, errors);
        if (tracing.Viewer?.OriginalString.Replace("{traceId}", "", StringComparison.Ordinal).Replace("{runId}", "", StringComparison.Ordinal).AsSpan().ContainsAny('{', '}') == true)
            errors.Add($"{TracingOptions.Section}:Viewer is '{Settings.WithoutCredentials(tracing.Viewer.OriginalString)}', but must have no other placeholders than {{traceId}} and {{runId}}");
        errors.AddRange(RabbitMqServiceCollectionExtensions.FindErrors(configuration, isNeeded: IsSource(ingestion, "RabbitMq")));
        errors.AddRange(Check(ingestion));
        if (resource is not null)
            errors.AddRange(Check(ingestion, upstream, resource));
        return errors;
    }

    /// <summary>Those of what it takes to fetch a record and to store it, wherever IDs come from.</summary>
    internal static IReadOnlyList<string> FindErrorsOfRecords(IConfiguration configuration) => FindErrorsOfRecords(configuration, out _, out _);

    private static List<string> FindErrorsOfRecords(IConfiguration configuration, out UpstreamOptions upstream, out Resource? resource)
    {
        upstream = new UpstreamOptions();
        OAuthOptions access = new();
        List<string> errors = [];
        Settings.Apply(upstream, configuration, UpstreamOptions.Section, errors);
        Settings.Apply(access, configuration, OAuthOptions.Section, errors);
        errors.AddRange(AccessRules.Check(upstream, access));
        if (upstream.BaseAddress is { Query.Length: > 0 } or { Fragment.Length: > 0 })
            errors.Add($"{UpstreamOptions.Section}:BaseAddress is '{Settings.WithoutCredentials(upstream.BaseAddress.OriginalString)}', but must be an API root without query or fragment");
        errors.AddRange(ResourceRules.FindErrors(configuration, out resource));
        errors.AddRange(Settings.Check<TransformOptions>(configuration, TransformOptions.Section));
        errors.AddRange(Settings.Check<StorageOptions>(configuration, StorageOptions.Section));
        return errors;
    }

    private static IEnumerable<string> Check(IngestionOptions ingestion, UpstreamOptions upstream, Resource resource)
    {
        if (resource.ListPath is null && upstream.IdsPerRequest > 1)
            yield return $"{UpstreamOptions.Section}:IdsPerRequest is '{upstream.IdsPerRequest}', but must be 1 for a resource without {ResourceOptions.Section}:ListPath";
        if (resource.HasTextKeys && IsSource(ingestion, "Ids"))
            yield return $"{ResourceOptions.Section}:IdType is 'Text', but must be Integer with the source {ingestion.Source}, which makes numbers; or set {IngestionOptions.Section}:Source to another one";
        if (IsSource(ingestion, "Catalog") && resource.Catalog?.Ids is null)
            yield return $"{ResourceOptions.Section}:Catalog is without Path or Ids, but the source Catalog needs both";
        if (!string.IsNullOrWhiteSpace(ingestion.First) && FindErrorOfFirst(ingestion, ingestion.First, resource.HasTextKeys) is { } error)
            yield return $"{IngestionOptions.Section}:First is '{Shorten(ingestion.First)}', but {error}";
    }

    /// <summary>What a file has shows when the run starts; what a catalog, a query and standard input have, only when they are read.</summary>
    private static string? FindErrorOfFirst(IngestionOptions ingestion, string first, bool hasTextKeys)
    {
        if (IsSource(ingestion, "RabbitMq"))
            return $"a queue keeps its order: put IDs ahead with ingestion-worker enqueue --urgent, and set {IngestionOptions.Section}:First to nothing";
        if (KeyList.Parse(first, hasTextKeys, out string? error) is not { } keys)
            return error;

        bool isKnown = IsSource(ingestion, "Ids") & IdRanges.TryParse(ingestion.Ids, out IdRanges? ids, out _) & !hasTextKeys;
        return isKnown && keys.FirstOrDefault(key => !ids!.Contains(key.Number)) is { Number: not 0 } missing
            ? $"{missing} is not in {IngestionOptions.Section}:Ids, which is '{Shorten(ingestion.Ids)}'; take it out of First, or add it to Ids"
            : null;
    }

    private static IEnumerable<string> Check(IngestionOptions ingestion)
    {
        const string section = IngestionOptions.Section;
        if (!SourceNames.Contains(ingestion.Source, StringComparer.OrdinalIgnoreCase))
            yield return Choice($"{section}:Source", ingestion.Source, SourceNames);

        if (IsSource(ingestion, "Ids") && !IdRanges.TryParse(ingestion.Ids, out _, out string? error))
            yield return $"{section}:Ids is '{Shorten(ingestion.Ids)}', but {error}";

        foreach ((string source, string key, string? value) in ((string, string, string?)[])[("File", "IdsFile", ingestion.IdsFile), ("Query", "Query", ingestion.Query)])
        {
            if (IsSource(ingestion, source) && string.IsNullOrWhiteSpace(value))
                yield return $"{section}:{key} is missing, but the source {ingestion.Source} needs it";
            else if (!IsSource(ingestion, source) && !string.IsNullOrWhiteSpace(value))
                yield return $"{section}:{key} is '{Shorten(value)}', but the source is {ingestion.Source}; set {section}:Source to {source}, or {section}:{key} to nothing";
        }

        if (ingestion is { IdsFile: FileSource.StandardInput, Repeat: not null })
            yield return $"{section}:Repeat is '{ingestion.Repeat}', but must be nothing with standard input, which can be read once only";

        if (StrategyCatalog.Find(ingestion.Strategy) is not { } strategy)
            yield return Choice($"{section}:Strategy", ingestion.Strategy, [.. StrategyCatalog.All.Select(known => known.Name)]);
        else if (!strategy.Takes(ingestion.DegreeOfParallelism))
            yield return $"{section}:DegreeOfParallelism is '{ingestion.DegreeOfParallelism}', but must be at least {strategy.MinimumDegree} with the strategy {strategy.Name}";
    }

    internal static bool IsSource(IngestionOptions ingestion, string name) => string.Equals(ingestion.Source, name, StringComparison.OrdinalIgnoreCase);

    private static string Choice(string key, string value, IReadOnlyList<string> allowed)
    {
        string? nearest = Suggestion.Nearest(value, allowed);
        string suggestion = nearest is null ? string.Empty : $"; did you mean {nearest}?";
        return $"{key} is '{value}', but must be one of {string.Join(", ", allowed)}{suggestion}";
    }

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
