using Ingestion.Characters;
using Ingestion.Runs;

namespace Worker.Comparing;

/// <summary>What is to be compared.</summary>
/// <param name="Contenders">What is measured, once in each round.</param>
/// <param name="Repeat">How many rounds.</param>
/// <param name="Settings">Settings that all measurements have in common.</param>
/// <param name="Jaeger">Where traces can be looked at, or null.</param>
/// <param name="ReportPath">Where the report is written, or null: then pictures are not kept either.</param>
/// <param name="JsonPath">Where the figures are written, or null.</param>
internal sealed record ComparisonPlan(
    IReadOnlyList<Contender> Contenders,
    int Repeat,
    IReadOnlyDictionary<string, string?> Settings,
    IngestionOptions Ingestion,
    TransformOptions Transform,
    Uri Upstream,
    Uri? Jaeger,
    string? ReportPath,
    string? JsonPath);
