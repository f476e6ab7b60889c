using Ingestion.Records;

namespace Worker.Comparing;

/// <summary>What is to be compared: each contender is measured once in each of the rounds.</summary>
/// <param name="Contenders">None where what is measured follows from what was measured before.</param>
/// <param name="Jaeger">Where traces can be looked at, or null.</param>
/// <param name="ReportPath">Where the report is written, or null: then pictures are not kept either.</param>
internal sealed record ComparisonPlan(
    IReadOnlyList<Contender> Contenders, int Repeat, IReadOnlyDictionary<string, string?> Settings,
    IngestionOptions Ingestion, TransformOptions Transform, Uri Upstream, Uri? Jaeger, string? ReportPath, string? JsonPath);
