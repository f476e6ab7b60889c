using k8s;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Worker.EndToEndTests.Manifests;

/// <summary>A Kubernetes object as it is written: nothing is filled in, nothing converted.</summary>
/// <param name="Root">The object.</param>
/// <param name="Origin">The file it came from, from the root of the repository.</param>
internal sealed record Manifest(YamlMappingNode Root, string Origin)
{
    public string ApiVersion => Text("apiVersion");

    public string Kind => Text("kind");

    public string Name => Field("metadata") is YamlMappingNode metadata && metadata.Children.TryGetValue("name", out YamlNode? name) ? name.ToString() : "";

    public string Namespace => Field("metadata") is YamlMappingNode metadata && metadata.Children.TryGetValue("namespace", out YamlNode? name) ? name.ToString() : "";

    /// <summary>The objects of a file.</summary>
    public static IReadOnlyList<Manifest> Load(string file) => Parse(Repository.Read(file), file);

    /// <summary>The objects of a text. A key that stands twice in a mapping is an error.</summary>
    public static IReadOnlyList<Manifest> Parse(string text, string origin)
    {
        YamlStream stream = [];
        stream.Load(new StringReader(text));
        return [.. stream.Documents.Select(document => new Manifest(Assert.IsType<YamlMappingNode>(document.RootNode), origin))];
    }

    /// <summary>The object as Kubernetes' client reads it, which knows every field and refuses others.</summary>
    public T As<T>() => KubernetesYaml.Deserialize<T>(ToYaml(), strict: true);

    public override string ToString() => $"{Kind} {Name} ({Origin})";

    /// <summary>Whether a scalar was written without quotes, and so may be a number, a boolean or nothing at all.</summary>
    public static bool IsPlain(YamlNode node) => node is YamlScalarNode { Style: ScalarStyle.Plain };

    private string Text(string key) => Field(key)?.ToString() ?? "";

    private YamlNode? Field(string key) => Root.Children.TryGetValue(key, out YamlNode? node) ? node : null;

    private string ToYaml()
    {
        using StringWriter writer = new();
        new YamlStream(new YamlDocument(Root)).Save(writer, assignAnchors: false);
        return writer.ToString();
    }
}
