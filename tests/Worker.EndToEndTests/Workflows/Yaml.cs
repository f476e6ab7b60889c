using YamlDotNet.Serialization;

namespace Worker.EndToEndTests.Workflows;

/// <summary>A file of .github, as mappings, lists and texts.</summary>
internal static class Yaml
{
    public static IReadOnlyList<string> Workflows { get; } =
        [.. Directory.GetFiles(Repository.PathOf(".github/workflows")).Select(file => ".github/workflows/" + Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    public static Dictionary<object, object> Read(string file) => new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(Repository.Read(file));

    public static Dictionary<object, object> Map(object? node) => (Dictionary<object, object>?)node ?? [];

    public static IReadOnlyList<object> List(object? node) => (List<object>?)node ?? [];

    /// <summary>The jobs of a workflow by name.</summary>
    public static IEnumerable<(string Name, Dictionary<object, object> Job)> Jobs(string file) => Map(Read(file)["jobs"]).Select(job => ((string)job.Key, Map(job.Value)));

    /// <summary>All steps of a workflow.</summary>
    public static IEnumerable<Dictionary<object, object>> Steps(string file) => Jobs(file).SelectMany(job => List(job.Job.GetValueOrDefault("steps"))).Select(Map);

    /// <summary>The scripts that a workflow runs.</summary>
    public static IEnumerable<string> Scripts(string file) => Steps(file).Select(step => step.GetValueOrDefault("run")).OfType<string>();
}
