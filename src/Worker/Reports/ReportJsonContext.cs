namespace Worker.Reports;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(RunReport))]
[JsonSerializable(typeof(StatusReport))]
internal sealed partial class ReportJsonContext : JsonSerializerContext;
