using YamlDotNet.RepresentationModel;

namespace Worker.EndToEndTests.Manifests;

/// <summary>
/// Kubernetes' strategic merge: mappings are merged, null takes a field away, lists are replaced, but for those whose items have a key to be known by.
/// </summary>
internal static class StrategicMerge
{
    /// <summary>The lists that are merged item by item, with the field their items are known by (<c>x-kubernetes-patch-merge-key</c>).</summary>
    private static readonly Dictionary<string, string> MergeKeys = new(StringComparer.Ordinal)
    {
        ["containers"] = "name",
        ["env"] = "name",
        ["volumes"] = "name",
        ["volumeMounts"] = "mountPath",
        ["ports"] = "containerPort",
        ["topologySpreadConstraints"] = "topologyKey",
    };

    /// <summary>Whether a list is merged item by item; any other one is kept, and replaced, as a whole.</summary>
    public static bool MergesItems(string field) => MergeKeys.ContainsKey(field);

    public static void Apply(YamlMappingNode target, YamlMappingNode patch)
    {
        foreach ((YamlNode key, YamlNode value) in patch.Children)
        {
            if (ManifestSchema.IsNull(value))
                target.Children.Remove(key);
            else if (!target.Children.TryGetValue(key, out YamlNode? existing))
                target.Children[key] = value;
            else if (existing is YamlMappingNode mapping && value is YamlMappingNode changes)
                Apply(mapping, changes);
            else if (existing is YamlSequenceNode items && value is YamlSequenceNode changed && MergeKeys.TryGetValue(key.ToString(), out string? mergeKey))
                Merge(items, changed, mergeKey);
            else
                target.Children[key] = value;
        }
    }

    private static void Merge(YamlSequenceNode items, YamlSequenceNode changes, string key)
    {
        foreach (YamlMappingNode change in changes.Cast<YamlMappingNode>())
        {
            if (items.Cast<YamlMappingNode>().FirstOrDefault(item => item[key].Equals(change[key])) is { } existing)
                Apply(existing, change);
            else
                items.Add(change);
        }
    }
}
