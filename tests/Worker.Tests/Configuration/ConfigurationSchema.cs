using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ingestion.Configuration;
using Ingestion.Records;
using Worker.Hosting;

namespace Worker.Tests.Configuration;

/// <summary>Makes <c>appsettings.schema.json</c>: whatever the worker would refuse, it refuses, as far as a schema can tell.</summary>
internal static class ConfigurationSchema
{
    private const string Duration = @"(\d+\.)?\d{1,2}:\d{2}:\d{2}(\.\d{1,7})?";
    private const string WholeNumber = @"\d+";
    private const string Flag = "[Tt]rue|[Ff]alse";
    private const string Share = @"\d+|(100(\.0+)?|\d{1,2}(\.\d+)?)%";
    private const string DegreeText = @"\d+|auto";
    private const string Number = @"\d+(\.\d+)?([eE][-+]?\d+)?";
    private const string Url = @"https?://[^@]+";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    public static string Make()
    {
        JsonObject sections = new() { ["$schema"] = new JsonObject { ["type"] = "string" } };
        foreach (DocumentedSection section in DocumentedSection.All)
        {
            JsonObject schema = SchemaOf(section);
            // A section below another one is a property of it.
            if (section.Name.Split(':') is [var parent, var name])
                sections[parent]!["properties"]![name] = schema;
            else
                sections[section.Name] = schema;
        }

        // The user's own may be beside them.
        sections["ConnectionStrings"]!["additionalProperties"] = Text();
        sections[LogSettings.Section] = Log();
        foreach ((string variable, AllowedValue allowed) in OpenTelemetryVariables.Known)
            sections[variable] = SchemaOf(allowed);
        return new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = "Settings of ingestion-worker",
            ["description"] = "Made from the options classes; docs/configuration.md says the same in words.",
            ["type"] = "object",
            ["properties"] = sections,
        }.ToJsonString(Indented) + "\n";
    }

    private static JsonObject SchemaOf(DocumentedSection section) => new()
    {
        ["type"] = "object",
        ["description"] = DocumentedSection.TextOf(section.Description, isMarkdown: false),
        ["additionalProperties"] = false,
        ["properties"] = new JsonObject(section.Settings.Select(setting => KeyValuePair.Create(setting.Name, (JsonNode?)SchemaOf(setting)))),
    };

    private static JsonObject SchemaOf(DocumentedSetting setting)
    {
        JsonObject schema = setting switch
        {
            { Key: "Resource:Required" } => Map(Names([.. JsonType.All.Select(type => type.Name)], mayBeEmpty: true)),
            { Key: "Resource:Catalog" } => new JsonObject
            {
                ["type"] = "object",
                ["additionalProperties"] = false,
                ["properties"] = new JsonObject(ResourceRules.CatalogKeys.Select(key => KeyValuePair.Create(key, (JsonNode?)Text()))),
            },
            { IsMap: true } => Map(Text()),
            { Names: { Count: > 0 } names } => Names(names, setting.MayBeEmpty),
            _ when setting.Type == typeof(int) => NumberOr(setting, "integer", WholeNumber),
            _ when setting.Type == typeof(Degree) => NumberOr(setting, "integer", DegreeText, 0, Degree.Max),
            _ when setting.Type == typeof(FailureAllowance) => NumberOr(setting, "integer", Share, 0),
            _ when setting.Type == typeof(double) => NumberOr(setting, "number", Number),
            _ when setting.Type == typeof(bool) => NumberOr(setting, "boolean", Flag),
            _ when setting.Type == typeof(Uri) => Text(setting.MayBeEmpty, Url),
            _ when setting.Type == typeof(TimeSpan) => Text(setting.MayBeEmpty, Duration),
            _ => Text(setting.MayBeEmpty, setting.Property?.GetCustomAttribute<RegularExpressionAttribute>()?.Pattern),
        };
        schema["description"] = DocumentedSection.TextOf(setting.Description, isMarkdown: false);
        if (setting.Default is not null && !setting.IsMap)
            schema["default"] = setting.Default switch { int number => number, double number => number, bool flag => flag, Degree { IsAuto: false } degree => degree.Number, var other => SettingValue.Format(other) };
        return schema;
    }

    /// <summary>A value of JSON's own, which may also be written as text.</summary>
    private static JsonObject NumberOr(DocumentedSetting setting, string type, string pattern, decimal? least = null, decimal? most = null)
    {
        JsonObject schema = Text(setting.MayBeEmpty, pattern);
        schema["type"] = new JsonArray(type, "string");
        if (setting.Property?.GetCustomAttribute<RangeAttribute>() is { } range)
            (least, most) = (Convert.ToDecimal(range.Minimum, CultureInfo.InvariantCulture), Convert.ToDecimal(range.Maximum, CultureInfo.InvariantCulture));
        if (least is not null)
            schema["minimum"] = least;
        if (most is not null)
            schema["maximum"] = most;
        return schema;
    }

    private static JsonObject Text(bool mayBeEmpty = false, string? pattern = null) => pattern is null
        ? new JsonObject { ["type"] = "string" }
        : new JsonObject { ["type"] = "string", ["pattern"] = $"^({(mayBeEmpty ? "|" : "")}{pattern})$" };

    private static JsonObject Names(IReadOnlyList<string> names, bool mayBeEmpty = false) =>
        new() { ["enum"] = new JsonArray([.. (mayBeEmpty ? names.Append("") : names).Select(name => JsonValue.Create(name))]) };

    private static JsonObject Map(JsonObject value) => new() { ["type"] = "object", ["additionalProperties"] = value };

    private static JsonObject Log()
    {
        JsonObject log = new()
        {
            ["type"] = "object",
            ["description"] = "The log of .NET.",
            ["additionalProperties"] = false,
            // Providers of other programs, and any by the full name of its type.
            ["patternProperties"] = new JsonObject { [@"^(Debug|EventLog|EventSource)$|\."] = new JsonObject { ["type"] = "object" } },
            ["properties"] = new JsonObject { ["LogLevel"] = Map(SchemaOf(LogSettings.Level)) },
        };
        foreach ((string key, AllowedValue allowed) in LogSettings.Known)
        {
            JsonObject section = log;
            string[] path = key.Split(':');
            foreach (string name in path[..^1])
                section = SectionBelow(section, name);
            section["properties"]![path[^1]] = SchemaOf(allowed);
        }

        foreach (string provider in (string[])["Console", "OpenTelemetry"])
            SectionBelow(log, provider)["properties"]!["LogLevel"] = Map(SchemaOf(LogSettings.Level));
        return log;
    }

    private static JsonObject SectionBelow(JsonObject section, string name)
    {
        JsonObject properties = section["properties"]!.AsObject();
        if (!properties.ContainsKey(name))
            properties[name] = new JsonObject { ["type"] = "object", ["additionalProperties"] = false, ["properties"] = new JsonObject() };
        return properties[name]!.AsObject();
    }

    private static JsonObject SchemaOf(AllowedValue allowed)
    {
        bool isWholeNumber = allowed.Text.StartsWith("a whole number", StringComparison.Ordinal);
        JsonObject schema = allowed.Names.Count > 0 ? Names(allowed.Names)
            : ReferenceEquals(allowed, AllowedValue.Flag) ? new JsonObject { ["type"] = new JsonArray("boolean", "string"), ["pattern"] = $"^({Flag})$" }
            : isWholeNumber ? new JsonObject { ["type"] = new JsonArray("integer", "string"), ["pattern"] = $"^({WholeNumber})$", ["minimum"] = allowed.Includes("0") ? 0 : 1 }
            : new JsonObject { ["type"] = new JsonArray("string", "number") };
        schema["description"] = $"Must be {allowed.Text}.";
        return schema;
    }
}
