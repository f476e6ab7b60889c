using System.Runtime.CompilerServices;
using System.Text.Json;

namespace TestSupport.Settings;

/// <summary>What stands in the shipped <c>appsettings.json</c>, as configuration keys.</summary>
public static class ShippedSettings
{
    /// <summary>The section <c>Resource</c>: the character.</summary>
    public static IReadOnlyDictionary<string, string?> Resource { get; } = Read();

    private static Dictionary<string, string?> Read([CallerFilePath] string here = "")
    {
        string file = Path.Combine(Path.GetDirectoryName(here)!, "../../../src/Worker/appsettings.json");
        using JsonDocument settings = JsonDocument.Parse(File.ReadAllBytes(file));
        var keys = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        Add(keys, nameof(Resource), settings.RootElement.GetProperty(nameof(Resource)));
        return keys;
    }

    private static void Add(Dictionary<string, string?> keys, string key, JsonElement value)
    {
        if (value.ValueKind is not JsonValueKind.Object)
        {
            keys[key] = value.ToString();
            return;
        }

        foreach (JsonProperty member in value.EnumerateObject())
            Add(keys, $"{key}:{member.Name}", member.Value);
    }
}
