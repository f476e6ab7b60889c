using System.Text.Json.Nodes;

namespace Worker.Reports;

/// <summary>What <c>config</c> prints. Other programs read the JSON: names and order stay as they are.</summary>
internal static class ConfigurationJson
{
    /// <summary>One line for each key, to be searched.</summary>
    public static void Write(TextWriter writer, IReadOnlyList<MergedSetting> settings)
    {
        foreach (MergedSetting setting in settings.Where(setting => setting.IsKnown))
            writer.WriteLine(Line(setting));
        if (settings.All(setting => setting.IsKnown))
            return;

        writer.WriteLine();
        writer.WriteLine("Keys that the worker does not know:");
        foreach (MergedSetting setting in settings.Where(setting => !setting.IsKnown))
            writer.WriteLine(Line(setting));
    }

    /// <summary>The keys the worker knows, those it does not, and what is wrong.</summary>
    public static string ToJson(IReadOnlyList<MergedSetting> settings, IEnumerable<string> errors) => new JsonObject
    {
        ["settings"] = Array(settings, isKnown: true),
        ["unknown"] = Array(settings, isKnown: false),
        ["errors"] = new JsonArray([.. errors.Select(error => JsonValue.Create(error))]),
    }.ToJsonString(OutputJsonContext.Default.Options);

    private static JsonArray Array(IEnumerable<MergedSetting> settings, bool isKnown) => new([.. settings.Where(setting => setting.IsKnown == isKnown).Select(setting => new JsonObject
    {
        ["key"] = setting.Key,
        ["value"] = setting.Value,
        ["source"] = RunJson.NameOf(setting.Origin),
        ["place"] = setting.Place,
    })]);

    private static string Line(MergedSetting setting)
    {
        string origin = setting switch
        {
            { Origin: SettingOrigin.CommandLine } => "command line",
            { Origin: SettingOrigin.Default } => "default",
            { Origin: SettingOrigin.Environment } => $"variable {setting.Place}",
            _ => $"file {setting.Place}",
        };
        return $"{setting.Key} = {setting.Value switch { null => "none", "" => "\"\"", var value => value.ReplaceLineEndings(" ") }}   ({origin})";
    }
}
