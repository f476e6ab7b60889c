using System.Text.Json;
using System.Text.Json.Serialization;

namespace IngestionBenchmarks.Alternatives;

/// <summary>How the plain alternatives read a character: with generated code, as the compiler to machine code requires.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(PlainCharacter))]
internal sealed partial class PlainJsonContext : JsonSerializerContext;
