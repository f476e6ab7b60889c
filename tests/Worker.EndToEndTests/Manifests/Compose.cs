using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Worker.EndToEndTests.Manifests;

/// <summary>The services of docker-compose.yml, with what they merge in.</summary>
internal static class Compose
{
    private static readonly Dictionary<object, object> Root = new DeserializerBuilder().Build()
        .Deserialize<Dictionary<object, object>>(new MergingParser(new Parser(new StringReader(Repository.Read("docker-compose.yml")))));

    public static IReadOnlyDictionary<string, Dictionary<object, object>> Services { get; } =
        Map(Root["services"]).ToDictionary(service => (string)service.Key, service => Map(service.Value));

    /// <summary>Whether a service runs the worker.</summary>
    public static bool IsWorker(Dictionary<object, object> service) => (string?)service.GetValueOrDefault("image") == "ingestion-worker" && !service.ContainsKey("build");

    /// <summary>What a service waits for before it starts, and until what.</summary>
    public static IReadOnlyDictionary<string, string> Dependencies(Dictionary<object, object> service) =>
        Map(service.GetValueOrDefault("depends_on")).ToDictionary(dependency => (string)dependency.Key, dependency => (string)Map(dependency.Value)["condition"]);

    /// <summary>When a service is started; none: always.</summary>
    public static IReadOnlyList<string> Profiles(Dictionary<object, object> service) => Texts(service.GetValueOrDefault("profiles"));

    public static IReadOnlyDictionary<string, string> Environment(Dictionary<object, object> service) =>
        Map(service.GetValueOrDefault("environment")).ToDictionary(variable => (string)variable.Key, variable => (string)variable.Value);

    public static IReadOnlyList<string> Texts(object? list) => list is List<object> items ? [.. items.Cast<string>()] : [];

    private static Dictionary<object, object> Map(object? node) => (Dictionary<object, object>?)node ?? [];
}
