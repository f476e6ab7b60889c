namespace Worker.Comparing;

/// <summary>What passes between a comparison and its measuring processes, which are the same program.</summary>
[JsonSourceGenerationOptions(IgnoreReadOnlyProperties = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Measurement.Order))]
[JsonSerializable(typeof(RunPicture))]
internal sealed partial class MeasurementJsonContext : JsonSerializerContext;
