using YamlDotNet.RepresentationModel;

namespace Worker.EndToEndTests.Manifests;

/// <summary>
/// Builds a kustomization as <c>kubectl kustomize</c> does, for the fields that the manifests use: resources, components, patches by name or kind,
/// ConfigMaps of files, namespace and images. Any other field is an error, rather than something that silently does nothing.
/// </summary>
internal static class Kustomization
{
    public const string Folder = "deploy/kubernetes";
    public const string OpenShift = Folder + "/openshift";
    private const string FileName = "kustomization.yaml";

    /// <summary>Every kustomization that is applied to a cluster.</summary>
    public static IReadOnlyList<string> Overlays { get; } =
        [.. Directory.GetDirectories(Repository.PathOf(Folder + "/overlays")).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    /// <summary>The objects that <c>kubectl apply -k</c> of an overlay would send.</summary>
    public static IReadOnlyList<Manifest> BuildOverlay(string overlay) => Build($"{Folder}/overlays/{overlay}");

    /// <summary>The same with the component for OpenShift, which an installation names in <c>release</c>.</summary>
    public static IReadOnlyList<Manifest> BuildForOpenShift(string overlay)
    {
        List<Manifest> built = Build($"{Folder}/overlays/{overlay}");
        Transform(built, OpenShift, Read(OpenShift));
        return built;
    }

    /// <summary>The files that a kustomization names, with those of the folders that it names.</summary>
    public static IEnumerable<string> Files(string folder)
    {
        YamlMappingNode root = Read(folder);
        IEnumerable<string> resources = Items(root, "resources").Select(item => Resolve(folder, item.ToString()));
        IEnumerable<string> components = Items(root, "components").Select(item => Resolve(folder, item.ToString()));
        IEnumerable<string> patches = Items(root, "patches").Select(item => Resolve(folder, item["path"].ToString()));
        return [$"{folder}/{FileName}", .. resources.Concat(components).Concat(patches).SelectMany(path => IsFolder(path) ? Files(path) : [path])];
    }

    /// <summary>The objects that <c>kubectl apply -k</c> of a folder would send.</summary>
    public static List<Manifest> Build(string folder)
    {
        YamlMappingNode root = Read(folder);
        List<Manifest> built = [];
        foreach (string path in Items(root, "resources").Select(item => Resolve(folder, item.ToString())))
            built.AddRange(IsFolder(path) ? Build(path) : Manifest.Load(path));

        foreach (YamlMappingNode item in Items(root, "configMapGenerator").Cast<YamlMappingNode>())
            built.Add(ConfigMap(folder, item));
        foreach (string path in Items(root, "components").Select(item => Resolve(folder, item.ToString())))
            Transform(built, path, Read(path));
        Transform(built, folder, root);
        return built;
    }

    // Names have no hash of their content: generatorOptions says so.
    private static Manifest ConfigMap(string folder, YamlMappingNode item) => new(
        new YamlMappingNode
        {
            { "apiVersion", "v1" },
            { "kind", "ConfigMap" },
            { "metadata", new YamlMappingNode { { "name", item["name"] } } },
            { "data", new YamlMappingNode(Items(item, "files").SelectMany(file => (YamlNode[])[file, new YamlScalarNode(Repository.Read($"{folder}/{file}")) { Style = YamlDotNet.Core.ScalarStyle.Literal }])) },
        },
        $"{folder}/{FileName}");

    private static void Transform(List<Manifest> built, string folder, YamlMappingNode root)
    {
        foreach (YamlMappingNode item in Items(root, "patches").Cast<YamlMappingNode>())
        {
            Manifest patch = Assert.Single(Manifest.Load(Resolve(folder, item["path"].ToString())));
            if (item.Children.TryGetValue("target", out YamlNode? target))
                PatchAll(built.Where(manifest => manifest.Kind == target["kind"].ToString()), patch);
            else
                StrategicMerge.Apply(Assert.Single(built, manifest => manifest.Kind == patch.Kind && manifest.Name == patch.Name).Root, patch.Root);
        }

        if (root.Children.TryGetValue("namespace", out YamlNode? name))
        {
            foreach (Manifest manifest in built)
                ((YamlMappingNode)manifest.Root["metadata"]).Children["namespace"] = name;
        }

        foreach (YamlNode image in Items(root, "images"))
        {
            foreach (YamlMappingNode container in built.SelectMany(manifest => Descendants(manifest.Root)).Where(node => Value(node, "image") == image["name"].ToString()))
                container.Children["image"] = $"{image["newName"]}:{image["newTag"]}";
        }
    }

    // With a target the patch's own kind and name do not count.
    private static void PatchAll(IEnumerable<Manifest> targets, Manifest patch)
    {
        YamlMappingNode changes = new(patch.Root.Children.Where(field => field.Key.ToString() is not ("apiVersion" or "kind" or "metadata")));
        foreach (Manifest target in targets)
            StrategicMerge.Apply(target.Root, changes);
    }

    private static YamlMappingNode Read(string folder)
    {
        YamlMappingNode root = Assert.Single(Manifest.Load($"{folder}/{FileName}")).Root;
        Assert.All(root.Children.Keys, key => Assert.Contains(key.ToString(), (string[])["apiVersion", "kind", "resources", "components", "patches", "namespace", "images", "configMapGenerator", "generatorOptions"]));
        Assert.All(Items(root, "patches").Cast<YamlMappingNode>(), patch => Assert.Subset(new HashSet<string> { "path", "target" }, patch.Children.Keys.Select(key => key.ToString()).ToHashSet()));
        Assert.Equal(root.Children.ContainsKey("configMapGenerator"), root.Children.TryGetValue("generatorOptions", out YamlNode? options) && options.ToString() == "{ { disableNameSuffixHash, true } }");
        Assert.All(Items(root, "images").Cast<YamlMappingNode>(), image => Assert.Equal(["name", "newName", "newTag"], image.Children.Keys.Select(key => key.ToString())));
        Assert.Contains((root["kind"].ToString(), root["apiVersion"].ToString()), ((string, string)[])
        [
            ("Kustomization", "kustomize.config.k8s.io/v1beta1"),
            ("Component", "kustomize.config.k8s.io/v1alpha1"),
        ]);
        return root;
    }

    private static YamlSequenceNode Items(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(key, out YamlNode? items) ? Assert.IsType<YamlSequenceNode>(items) : [];

    private static IEnumerable<YamlMappingNode> Descendants(YamlNode node) => node.AllNodes.OfType<YamlMappingNode>();

    private static string? Value(YamlMappingNode node, string key) => node.Children.TryGetValue(key, out YamlNode? value) ? value.ToString() : null;

    private static bool IsFolder(string path) => Directory.Exists(Repository.PathOf(path));

    private static string Resolve(string folder, string path) => Path.GetRelativePath(Repository.PathOf(""), Path.GetFullPath(Path.Combine(Repository.PathOf(folder), path)));
}
