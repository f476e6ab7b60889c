using Worker.Comparing;

namespace Worker.Reports;

/// <summary>What other programs read.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(RunReport))]
[JsonSerializable(typeof(ComparisonReport))]
internal sealed partial class ReportJsonContext : JsonSerializerContext;
