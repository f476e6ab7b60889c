using Worker.Comparing;
using Worker.Comparing.Scaling;

namespace Worker.Reports;

/// <summary>What other programs read.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(RunJson))]
[JsonSerializable(typeof(ComparisonJson))]
[JsonSerializable(typeof(SweepJson))]
internal sealed partial class OutputJsonContext : JsonSerializerContext;
