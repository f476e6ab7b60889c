using Ingestion.Records;

namespace Worker.Comparing;

/// <summary>The settings of a measuring process: those of the command line, with what makes measurements alike.</summary>
internal static class MeasurementSettings
{
    /// <summary>Enough for the code to be compiled; the upstream is asked for them once more than for the others.</summary>
    private const int WarmUpItems = 50;

    /// <summary>For every measurement: each starts from the beginning, fetches every record whole, makes its own tables, ends by itself and is asked by nobody how it is.</summary>
    public static Dictionary<string, string?> Common(IReadOnlyDictionary<string, string?> commandLine)
    {
        Dictionary<string, string?> settings = new(commandLine, StringComparer.OrdinalIgnoreCase)
        {
            ["Ingestion:First"] = "",
            ["Ingestion:Repeat"] = "",
            ["Ingestion:FailAbove"] = "0",
            ["Ingestion:Resume"] = "false",
            ["Storage:MigrateOnStart"] = "true",
            ["Upstream:ConditionalRequests"] = "false",
            ["Health:Port"] = "0",
            ["Live:Port"] = "",
        };
        settings.TryAdd("Logging:LogLevel:Default", Environment.GetEnvironmentVariable("Logging__LogLevel__Default") ?? "Warning");
        return settings;
    }

    public static Dictionary<string, string?> Run(IReadOnlyDictionary<string, string?> common, Contender contender, string schema) => new(common, StringComparer.OrdinalIgnoreCase)
    {
        ["Ingestion:Strategy"] = contender.Strategy,
        ["Ingestion:DegreeOfParallelism"] = contender.Degree.ToString(),
        ["Storage:Schema"] = schema,
    };

    /// <summary>The same over the first few IDs, without what only takes time, and without spans, which would be taken for those of the run.</summary>
    public static Dictionary<string, string?> WarmUp(IReadOnlyDictionary<string, string?> run, IngestionOptions options, TransformOptions transform, string schema) =>
        new(run, StringComparer.OrdinalIgnoreCase)
        {
            ["Ingestion:Source"] = "Ids",
            ["Ingestion:Ids"] = FirstIds(options),
            ["Ingestion:Delay"] = "00:00:00",
            ["Transform:FingerprintIterations"] = Math.Min(transform.FingerprintIterations, 1).ToString(CultureInfo.InvariantCulture),
            ["Storage:Schema"] = schema,
            ["OTEL_SDK_DISABLED"] = "true",
        };

    private static string FirstIds(IngestionOptions options) =>
        string.Equals(options.Source, "Ids", StringComparison.OrdinalIgnoreCase) && IdRanges.TryParse(options.Ids, out IdRanges? ids, out _)
            ? string.Join(',', ids.Take(WarmUpItems))
            : string.Create(CultureInfo.InvariantCulture, $"1-{WarmUpItems}");
}
