using Ingestion.Records;
using Ingestion.Runs;

namespace Worker.Comparing;

/// <summary>What is to be compared.</summary>
internal sealed record ComparisonPlan
{
    public required IReadOnlyList<Contender> Contenders { get; init; }

    /// <summary>Rounds; in each, every contender is measured once.</summary>
    public required int Repeat { get; init; }

    /// <summary>Settings that all measurements have in common.</summary>
    public required IReadOnlyDictionary<string, string?> Settings { get; init; }

    public required IngestionOptions Ingestion { get; init; }

    public required TransformOptions Transform { get; init; }

    public required Uri Upstream { get; init; }

    /// <summary>Where traces can be looked at, or null.</summary>
    public Uri? Jaeger { get; init; }

    /// <summary>Where the report is written, or null: then pictures are not kept either.</summary>
    public string? ReportPath { get; init; }

    /// <summary>Where the figures are written, or null.</summary>
    public string? JsonPath { get; init; }

    public int Measurements => Contenders.Count * Repeat;

    public bool WritesFiles => ReportPath is not null || JsonPath is not null;

    public string Source => string.Equals(Ingestion.Source, "Ids", StringComparison.OrdinalIgnoreCase) ? "IDs " + Ingestion.Ids : "all characters of the catalog";
}
