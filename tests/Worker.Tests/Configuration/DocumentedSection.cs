using System.Reflection;
using System.Text;
using System.Xml.Linq;
using Ingestion.Records;
using Ingestion.Runs;
using Ingestion.Sources.RabbitMq;
using Ingestion.Storage;
using Ingestion.Telemetry;
using Ingestion.Upstream;
using Worker.Hosting;
using Worker.Live;
using Worker.Recording;

namespace Worker.Tests.Configuration;

/// <summary>A section of the configuration, read from its options class and the documentation of that.</summary>
/// <param name="Name">The name, such as <c>Upstream:OAuth</c>.</param>
/// <param name="Description">The summary of the class.</param>
/// <param name="Settings">In the order they are declared.</param>
internal sealed record DocumentedSection(string Name, XElement Description, IReadOnlyList<DocumentedSetting> Settings)
{
    private static readonly Dictionary<string, XElement> Documentation = new[] { typeof(UpstreamOptions), typeof(HealthOptions) }
        .SelectMany(type => XDocument.Load(Path.ChangeExtension(type.Assembly.Location, ".xml")).Descendants("member"))
        .Where(member => member.Attribute("name")!.Value.Contains("Options", StringComparison.Ordinal) && member.Element("summary") is not null)
        .ToDictionary(member => member.Attribute("name")!.Value, member => member.Element("summary")!, StringComparer.Ordinal);

    /// <summary>All that the worker reads by its own rules.</summary>
    public static IReadOnlyList<DocumentedSection> All { get; } =
    [
        new("ConnectionStrings", new XElement("summary", "Where the servers are, with the credentials for them. They are secrets."),
        [
            new(StorageOptions.ConnectionStringKey, null, null, Documentation[$"F:{typeof(StorageOptions)}.{nameof(StorageOptions.ConnectionStringKey)}"]),
            new(RabbitMqOptions.ConnectionStringKey, null, null, Documentation[$"F:{typeof(RabbitMqOptions)}.{nameof(RabbitMqOptions.ConnectionStringKey)}"]),
        ]),
        Of<UpstreamOptions>(UpstreamOptions.Section),
        Of<OAuthOptions>(OAuthOptions.Section),
        Of<ResourceOptions>(ResourceOptions.Section),
        Of<IngestionOptions>(IngestionOptions.Section),
        Of<TransformOptions>(TransformOptions.Section),
        Of<TracingOptions>(TracingOptions.Section),
        Of<StorageOptions>(StorageOptions.Section),
        Of<RabbitMqOptions>(RabbitMqOptions.Section),
        Of<HealthOptions>(HealthOptions.Section),
        Of<LiveOptions>(LiveOptions.Section),
        Of<RecordingOptions>(RecordingOptions.Section),
    ];

    /// <summary>What a summary says, on one line.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="isMarkdown">With code and links; otherwise as plain text.</param>
    public static string TextOf(XElement summary, bool isMarkdown)
    {
        StringBuilder text = new();
        foreach (XNode node in summary.Nodes())
            text.Append(node is XElement element ? TextOfElement(element, isMarkdown) : ((XText)node).Value);
        return string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    private static string TextOfElement(XElement element, bool isMarkdown)
    {
        if (element.Attribute("href")?.Value is { } target)
            return isMarkdown ? $"[{TextOf(element, isMarkdown)}]({target})" : element.Value;

        string text = element.Attribute("cref")?.Value is { } member ? KeyOf(member) : element.Value;
        return isMarkdown ? $"`{text}`" : text;
    }

    private static string KeyOf(string member) =>
        All.SelectMany(section => section.Settings).FirstOrDefault(setting => setting.Property is { } property && member == $"P:{property.DeclaringType}.{property.Name}")?.Key
        ?? throw new InvalidOperationException($"{member} is no setting");

    private static DocumentedSection Of<T>(string section)
        where T : new()
    {
        T defaults = new();
        return new DocumentedSection(section, Documentation[$"T:{typeof(T)}"],
        [
            .. from property in typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance)
               where property.CanWrite
               select new DocumentedSetting($"{section}:{property.Name}", property, property.GetValue(defaults), Documentation[$"P:{typeof(T)}.{property.Name}"]),
        ]);
    }
}
