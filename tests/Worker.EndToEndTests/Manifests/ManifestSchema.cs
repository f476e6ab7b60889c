using System.Globalization;
using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using k8s.Models;
using YamlDotNet.RepresentationModel;

namespace Worker.EndToEndTests.Manifests;

/// <summary>
/// Finds what the API server would refuse: fields that a type has not, values of another type, required fields that are missing and words that
/// are not among those allowed. Fields and types are those of Kubernetes' own client; what the client does not know stands in <see cref="FieldRules"/>.
/// </summary>
internal static partial class ManifestSchema
{
    private static readonly Dictionary<(string ApiVersion, string Kind), Type> Kinds = new[] { typeof(V1Deployment).Assembly, typeof(ManifestSchema).Assembly }
        .SelectMany(assembly => assembly.GetTypes())
        .Select(type => (Type: type, Entity: type.GetCustomAttribute<KubernetesEntityAttribute>(inherit: false)))
        .Where(found => found.Entity is not null && typeof(k8s.IKubernetesObject<V1ObjectMeta>).IsAssignableFrom(found.Type))
        .ToDictionary(found => (found.Entity!.Group.Length == 0 ? found.Entity.ApiVersion : $"{found.Entity.Group}/{found.Entity.ApiVersion}", found.Entity.Kind), found => found.Type);

    /// <summary>One line per error, each with the path of the field.</summary>
    public static IReadOnlyList<string> FindErrors(Manifest manifest)
    {
        List<string> errors = [];
        if (TypeOf(manifest) is not { } type)
            return [$"apiVersion '{manifest.ApiVersion}' has no kind '{manifest.Kind}'"];
        if (!Name().IsMatch(manifest.Name) || manifest.Name.Length > 63)
            errors.Add($"metadata.name '{manifest.Name}' is not a name");
        Check(manifest.Root, type, "", errors);
        return errors;
    }

    /// <summary>The type of an object; null: there is none.</summary>
    public static Type? TypeOf(Manifest manifest) => Kinds.GetValueOrDefault((manifest.ApiVersion, manifest.Kind));

    /// <summary>The fields of a type, by the names they have in a manifest.</summary>
    public static IReadOnlyDictionary<string, Type> FieldsOf(Type type) => type.GetProperties()
        .Where(property => property.IsDefined(typeof(JsonPropertyNameAttribute)))
        .ToDictionary(property => property.GetCustomAttribute<JsonPropertyNameAttribute>()!.Name, property => Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType);

    /// <summary>Whether nothing is written, in one of YAML's ways.</summary>
    public static bool IsNull(YamlNode node) => Manifest.IsPlain(node) && node.ToString() is "" or "~" or "null";

    private static void Check(YamlNode node, Type type, string path, List<string> errors)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (Scalar(type) is { } scalar)
        {
            if (node is not YamlScalarNode value || !scalar.IsValid(value))
                errors.Add($"{path} is '{node}', but must be {scalar.Description}");
        }
        else if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IDictionary<,>))
        {
            foreach ((string key, YamlNode value) in Mapping(node, path, errors))
                Check(value, type.GenericTypeArguments[1], $"{path}[{key}]", errors);
        }
        else if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IList<>))
        {
            if (node is not YamlSequenceNode items)
                errors.Add($"{path} must be a list");
            else
                for (int i = 0; i < items.Children.Count; i++)
                    Check(items[i], type.GenericTypeArguments[0], $"{path}[{i}]", errors);
        }
        else
        {
            CheckObject(node, type, path, errors);
        }
    }

    private static void CheckObject(YamlNode node, Type type, string path, List<string> errors)
    {
        if (FieldRules.Required(type) is not { } required)
        {
            errors.Add($"{path}: FieldRules does not say which fields of {type.Name} are required");
            return;
        }

        IReadOnlyDictionary<string, Type> fields = FieldsOf(type);
        List<(string Key, YamlNode Value)> written = Mapping(node, path, errors);
        errors.AddRange(required.Except(written.Select(field => field.Key)).Select(missing => $"{path}.{missing} is missing"));
        foreach ((string key, YamlNode value) in written)
        {
            string at = $"{path}.{key}".TrimStart('.');
            if (!fields.TryGetValue(key, out Type? field))
                errors.Add($"{at} is not a field of {type.Name}");
            else if (IsNull(value) && FieldRules.Defaults(type).Contains((key, "null")))
                continue;
            else if (FieldRules.Words(type, key) is { } words && Written(value).Except(words).ToList() is { Count: > 0 } wrong)
                errors.Add($"{at} is '{string.Join(", ", wrong)}', but must be one of {string.Join(", ", words)}");
            else
                Check(value, field, at, errors);
        }
    }

    private static IEnumerable<string> Written(YamlNode value) => value is YamlSequenceNode items ? items.Select(item => item.ToString()) : [value.ToString()];

    private static List<(string Key, YamlNode Value)> Mapping(YamlNode node, string path, List<string> errors)
    {
        if (node is YamlMappingNode mapping)
            return [.. mapping.Children.Select(pair => (pair.Key.ToString(), pair.Value))];
        errors.Add($"{path} must be an object");
        return [];
    }

    private static (Func<YamlScalarNode, bool> IsValid, string Description)? Scalar(Type type)
    {
        if (type == typeof(string))
            return (IsText, "a text, in quotes where YAML would take it for something else");
        if (type == typeof(bool))
            return (node => Manifest.IsPlain(node) && node.Value is "true" or "false", "true or false");
        if (type == typeof(int) || type == typeof(long))
            return (IsNumber, "a whole number");
        if (type == typeof(IntOrString))
            return (node => IsNumber(node) || IsText(node), "a whole number or a text");
        if (type == typeof(ResourceQuantity))
            return (IsQuantity, "a quantity, such as 250m or 192Mi");
        return null;
    }

    private static bool IsNumber(YamlScalarNode node) => Manifest.IsPlain(node) && long.TryParse(node.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);

    private static bool IsText(YamlScalarNode node) => !Manifest.IsPlain(node) || !NotText().IsMatch(node.Value ?? "");

    private static bool IsQuantity(YamlScalarNode node)
    {
        try
        {
            _ = new ResourceQuantity(node.Value);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            return false;
        }
    }

    /// <summary>What YAML 1.1, which Kubernetes reads, takes for a boolean, a number, a date, a base-60 number or nothing, unless it is in quotes.</summary>
    [GeneratedRegex(@"^(?:|~|(?i:null|true|false|yes|no|on|off|y|n)|[-+]?[0-9][0-9_,]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?|[-+]?0[xob][0-9a-fA-F_]+|[-+]?\.(?:[0-9]+|inf|Inf|nan|NaN)|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*|[-+]?[0-9]+(?::[0-5]?[0-9])+(?:\.[0-9]*)?)$", RegexOptions.NonBacktracking)]
    private static partial Regex NotText();

    [GeneratedRegex("^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$", RegexOptions.NonBacktracking)]
    private static partial Regex Name();
}
