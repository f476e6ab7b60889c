using System.Runtime.CompilerServices;
using System.Text.Json;
using Ingestion.Records;
using Microsoft.Extensions.Configuration;

namespace MicroBenchmarks;

/// <summary>The resource that is shipped.</summary>
internal static class CharacterResource
{
    public static Resource Value { get; } = Read();

    private static Resource Read([CallerFilePath] string here = "")
    {
        using JsonDocument settings = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(here)!, "../../src/Worker/appsettings.json")));
        return ResourceRules.Read(new ConfigurationBuilder().AddInMemoryCollection(Flatten("Resource", settings.RootElement.GetProperty("Resource"))).Build());
    }

    private static IEnumerable<KeyValuePair<string, string?>> Flatten(string key, JsonElement value) => value.ValueKind is JsonValueKind.Object
        ? [.. value.EnumerateObject().SelectMany(member => Flatten($"{key}:{member.Name}", member.Value))]
        : [KeyValuePair.Create(key, (string?)value.ToString())];
}
