using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ingestion.Telemetry;
using Ingestion.Upstream;
using k8s.Models;
using YamlDotNet.Serialization;

namespace Worker.EndToEndTests.Manifests;

/// <summary>deploy/jaeger: its interface knows the attributes that the code emits.</summary>
public sealed partial class JaegerTests
{
    private const string Folder = "deploy/jaeger/";

    // The fields of https://github.com/jaegertracing/jaeger-ui/blob/main/packages/jaeger-ui/src/types/config.ts that are used, and those of a link pattern.
    private static readonly string[] Known = ["linkPatterns", "topTagPrefixes", "useOpenTelemetryTerms"], KnownOfPattern = ["key", "text", "type", "url"];

    private static readonly JsonElement Ui = JsonDocument.Parse(Repository.Read(Folder + "ui.json")).RootElement;

    private static readonly HashSet<string> Attributes =
        [.. typeof(TagNames).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!)];

    private static readonly IReadOnlyList<Manifest> InCluster = Kustomization.Build(Folder.TrimEnd('/'));

    private static V1PodSpec Pod => One("Deployment", "jaeger").As<V1Deployment>().Spec.Template.Spec;

    private static Dictionary<string, string> Links => Ui.GetProperty("linkPatterns").EnumerateArray().ToDictionary(pattern => Text(pattern, "key"), pattern => Text(pattern, "url"));

    [Fact]
    public void Every_field_is_one_that_Jaeger_knows()
    {
        Assert.Equal(Known, Ui.EnumerateObject().Select(field => field.Name).Order(StringComparer.Ordinal));
        Assert.All(Ui.GetProperty("linkPatterns").EnumerateArray(), pattern =>
        {
            Assert.Equal(KnownOfPattern, pattern.EnumerateObject().Select(field => field.Name).Order(StringComparer.Ordinal));
            Assert.Equal("tags", Text(pattern, "type"));
        });
        Assert.True(Ui.GetProperty("useOpenTelemetryTerms").GetBoolean());
    }

    [Fact]
    public void Every_link_and_every_prefix_is_of_attributes_that_spans_have()
    {
        Assert.All(Ui.GetProperty("topTagPrefixes").EnumerateArray(), prefix => Assert.Contains(Attributes, name => name.StartsWith(prefix.GetString()!, StringComparison.Ordinal)));
        Assert.All(Ui.GetProperty("linkPatterns").EnumerateArray(), pattern =>
        {
            Assert.Contains(Text(pattern, "key"), Attributes);
            Assert.All(Placeholder().Matches(Text(pattern, "url") + Text(pattern, "text")).Select(match => match.Groups["name"].Value), name => Assert.Contains(name, Attributes));
        });
    }

    [Fact]
    public void A_run_leads_to_a_search_for_its_traces()
    {
        Uri search = new(new Uri("http://localhost:16686"), Links[TagNames.RunId].Replace($"#{{{TagNames.RunId}}}", "01a2", StringComparison.Ordinal));

        Assert.Equal("/search", search.AbsolutePath);
        Dictionary<string, string> query = search.Query.TrimStart('?').Split('&').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]));
        Assert.Equal(("ingestion-service", """{"ingestion.run.id":"01a2"}"""), (query["service"], query["tags"]));
    }

    [Fact]
    public void An_item_leads_to_its_record_at_the_API_that_is_the_default()
    {
        string path = JsonDocument.Parse(Repository.Read("src/Worker/appsettings.json"), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip }).RootElement.GetProperty("Resource").GetProperty("Path").GetString()!;

        Assert.Equal(new UpstreamOptions().BaseAddress + path.Replace("{id}", $"#{{{TagNames.ItemId}}}", StringComparison.Ordinal), Links[TagNames.ItemId]);
    }

    [Fact]
    public void The_compose_file_puts_both_files_where_Jaeger_looks_for_them()
    {
        string[] volumes = [.. Compose.Texts(Compose.Services["jaeger"]["volumes"])];
        Dictionary<object, object> configuration = new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(Repository.Read(Folder + "config.yaml"));

        Assert.Contains($"./{Folder}config.yaml:{Compose.Texts(Compose.Services["jaeger"]["command"])[1]}:ro", volumes);
        Assert.Contains($"./{Folder}ui.json:{At(configuration, "extensions", "jaeger_query", "ui", "config_file")}:ro", volumes);
    }

    [Fact]
    public void In_a_cluster_it_has_the_same_image_and_the_same_files_where_it_looks_for_them()
    {
        V1Container container = Assert.Single(Pod.Containers);
        V1Volume volume = Assert.Single(Pod.Volumes, volume => volume.ConfigMap is not null);
        V1VolumeMount mount = Assert.Single(container.VolumeMounts, mount => mount.Name == volume.Name);
        V1ConfigMap files = One("ConfigMap", volume.ConfigMap.Name).As<V1ConfigMap>();
        Dictionary<object, object> configuration = new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(files.Data["config.yaml"]);

        Assert.All(InCluster, manifest => Assert.Empty(ManifestSchema.FindErrors(manifest)));
        Assert.Equal((string)Compose.Services["jaeger"]["image"], container.Image);
        Assert.Equal([$"{mount.MountPath}/config.yaml", (string)At(configuration, "extensions", "jaeger_query", "ui", "config_file")], [container.Args[1], $"{mount.MountPath}/ui.json"]);
        Assert.Equal(Repository.Read(Folder + "ui.json"), files.Data["ui.json"]);
        Assert.StartsWith(
            Assert.Single(container.VolumeMounts, other => other.Name == Assert.Single(Pod.Volumes, other => other.PersistentVolumeClaim is not null).Name).MountPath + "/",
            (string)At(configuration, "extensions", "jaeger_storage", "backends", "badger", "badger", "directories", "keys"), StringComparison.Ordinal);
        Assert.True(container.Resources.Limits["memory"].ToInt64() > 1_024L << 20);
    }

    [Fact]
    public void In_a_cluster_it_has_no_rights()
    {
        V1SecurityContext context = Assert.Single(Pod.Containers).SecurityContext;

        Assert.False(Pod.AutomountServiceAccountToken);
        Assert.True(Pod.SecurityContext.RunAsNonRoot);
        Assert.Equal("RuntimeDefault", Pod.SecurityContext.SeccompProfile.Type);
        Assert.Equal((false, true), (context.AllowPrivilegeEscalation, context.ReadOnlyRootFilesystem));
        Assert.Equal(["ALL"], context.Capabilities.Drop);
    }

    [Fact]
    public void In_a_cluster_workers_reach_it_and_nobody_from_outside_does()
    {
        V1ServiceSpec service = One("Service", "jaeger").As<V1Service>().Spec;
        V1NetworkPolicySpec policy = One("NetworkPolicy", "jaeger").As<V1NetworkPolicy>().Spec;
        V1NetworkPolicyIngressRule rule = Assert.Single(policy.Ingress);

        Assert.Equal("ClusterIP", service.Type);
        Assert.DoesNotContain(InCluster, manifest => manifest.Kind is "Ingress" or "HTTPRoute");
        Assert.All([service.Selector, policy.PodSelector.MatchLabels], selector => Assert.Subset(One("Deployment", "jaeger").As<V1Deployment>().Spec.Template.Metadata.Labels.ToHashSet(), selector.ToHashSet()));
        Assert.Equal(["Ingress", "Egress"], policy.PolicyTypes);
        Assert.Null(policy.Egress);
        Assert.Equal(["4317", "4318"], rule.Ports.Select(port => port.Port.Value));
        Assert.All(Workload.Of("single"), worker =>
        {
            Assert.True(Reach.Selects(Assert.Single(rule.FromProperty).NamespaceSelector, new Dictionary<string, string> { ["kubernetes.io/metadata.name"] = worker.Manifest.Namespace }));
            Assert.True(Reach.Of(worker).Namespace(One("Service", "jaeger").Namespace, 4317));
        });
    }

    [GeneratedRegex(@"#\{(?<name>[^}]*)\}", RegexOptions.NonBacktracking)]
    private static partial Regex Placeholder();

    private static Manifest One(string kind, string name) => Assert.Single(InCluster, manifest => (manifest.Kind, manifest.Name) == (kind, name));

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static object At(object node, params string[] path) => path.Aggregate(node, (current, key) => ((Dictionary<object, object>)current)[key]);
}
