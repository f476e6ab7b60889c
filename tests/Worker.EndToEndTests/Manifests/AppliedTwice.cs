using k8s.Models;
using YamlDotNet.RepresentationModel;

namespace Worker.EndToEndTests.Manifests;

/// <summary>
/// Finds what the API server would give back otherwise than it was sent. <c>kubectl apply</c> compares the two, so such an object is <c>configured</c> each
/// time it is applied, and its generation rises. Fields that are filled in beside those sent do no harm, but in a list that is compared as a whole.
/// </summary>
internal static class AppliedTwice
{
    /// <summary>One line per difference, each with the path of the field. A custom resource is stored as it is sent.</summary>
    public static IReadOnlyList<string> FindDifferences(Manifest manifest)
    {
        List<string> found = [];
        if (ManifestSchema.TypeOf(manifest) is { } type && type.Assembly != typeof(AppliedTwice).Assembly)
            CheckObject(manifest.Root, type, "", isWhole: false, found);
        return found;
    }

    private static void CheckObject(YamlMappingNode node, Type type, string path, bool isWhole, List<string> found)
    {
        IReadOnlyDictionary<string, Type> fields = ManifestSchema.FieldsOf(type);
        if (isWhole)
            found.AddRange(FieldRules.Defaults(type).Where(filled => !node.Children.ContainsKey(filled.Field)).Select(filled => $"{path}.{filled.Field}: {filled.Value} is filled in"));
        foreach ((YamlNode key, YamlNode value) in node.Children)
        {
            string name = key.ToString();
            string at = $"{path}.{name}".TrimStart('.');
            if (ManifestSchema.IsNull(value))
                found.AddRange(FieldRules.Defaults(type).Contains((name, "null")) ? [] : [$"{at}: null is left out"]);
            else if (IsZero(value, fields[name]) && !FieldRules.KeepsZero(type, name))
                found.Add($"{at}: {(value is YamlScalarNode ? $"'{value}'" : "an empty list")} is left out");
            else
                Check(value, fields[name], at, isWhole || (value is YamlSequenceNode && !StrategicMerge.MergesItems(name)), found);
        }
    }

    private static void Check(YamlNode node, Type type, string path, bool isWhole, List<string> found)
    {
        switch (node)
        {
            case YamlSequenceNode items:
                for (int i = 0; i < items.Children.Count; i++)
                    Check(items[i], type.GenericTypeArguments[0], $"{path}[{i}]", isWhole, found);
                break;
            case YamlMappingNode map when IsMap(type):
                foreach ((YamlNode key, YamlNode value) in map.Children)
                    Check(value, type.GenericTypeArguments[1], $"{path}[{key}]", isWhole, found);
                break;
            case YamlMappingNode value:
                CheckObject(value, type, path, isWhole, found);
                break;
            case YamlScalarNode value when type == typeof(ResourceQuantity) && new ResourceQuantity(value.Value).CanonicalizeString() is string stored && stored != value.Value:
                found.Add($"{path}: '{value}' is stored as '{stored}'");
                break;
        }
    }

    private static bool IsZero(YamlNode node, Type type) => node switch
    {
        YamlSequenceNode items => items.Children.Count == 0,
        YamlMappingNode map => map.Children.Count == 0 && IsMap(type),
        YamlScalarNode value => type == typeof(bool) ? value.Value == "false" : value.Value is "" || (Manifest.IsPlain(value) && value.Value == "0"),
        _ => false,
    };

    private static bool IsMap(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IDictionary<,>);
}
