using Worker.Comparing;
using Worker.Comparing.Scaling;

namespace Worker.Reports;

/// <summary>What other programs read.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(RunReport))]
[JsonSerializable(typeof(ComparisonReport))]
[JsonSerializable(typeof(SweepReport))]
internal sealed partial class ReportJsonContext : JsonSerializerContext;
