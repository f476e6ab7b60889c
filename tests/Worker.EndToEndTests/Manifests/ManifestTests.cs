using k8s.Models;
using TestSupport.Processes;
using YamlDotNet.RepresentationModel;

namespace Worker.EndToEndTests.Manifests;

/// <summary>The manifests of <c>deploy/kubernetes</c>: what <c>kubectl apply -k</c> would send is what the API server takes, and fits together.</summary>
public sealed class ManifestTests
{
    private const string Secrets = Kustomization.Folder + "/secrets.example.yaml";

    public static TheoryData<string> Overlays => [.. Kustomization.Overlays];

    [Theory]
    [MemberData(nameof(Overlays))]
    public void The_API_server_takes_every_object_of_an_overlay(string overlay) =>
        Assert.All(Kustomization.BuildOverlay(overlay), manifest => Assert.Empty(ManifestSchema.FindErrors(manifest)));

    [Fact]
    public void The_API_server_takes_the_example_of_the_secrets() => Assert.All(Manifest.Load(Secrets), manifest => Assert.Empty(ManifestSchema.FindErrors(manifest)));

    [Fact]
    public void Every_file_is_named_by_a_kustomization_and_every_named_file_is_there()
    {
        IEnumerable<string> found = Directory.EnumerateFiles(Repository.PathOf(Kustomization.Folder), "*.y*ml", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Repository.PathOf(""), file))
            .Where(file => file != Secrets);

        Assert.Equal(
            found.Order(StringComparer.Ordinal),
            Kustomization.Overlays.Select(overlay => $"{Kustomization.Folder}/overlays/{overlay}").Append(Kustomization.OpenShift)
                .SelectMany(Kustomization.Files).Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Kubectl_builds_what_the_tests_look_at(string overlay)
    {
        string? kubectl = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "kubectl")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(kubectl is null, "kubectl is not installed");

        await using CapturedProcess process = new(new(kubectl, ["kustomize", Repository.PathOf($"{Kustomization.Folder}/overlays/{overlay}")]));
        ProcessResult result = await process.WaitForExitAsync(TimeSpan.FromMinutes(1));

        Assert.True(result.ExitCode == 0, result.StandardError);
        Assert.Equal(Canonical(Manifest.Parse(result.StandardOutput, "kubectl")), Canonical(Kustomization.BuildOverlay(overlay)));
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Every_object_is_in_one_namespace_and_has_a_name_of_its_own(string overlay)
    {
        IReadOnlyList<Manifest> built = Kustomization.BuildOverlay(overlay);

        Assert.All(built, manifest => Assert.Equal("ingestion", manifest.Namespace));
        Assert.Equal(built.Count, built.Select(manifest => (manifest.Kind, manifest.Name)).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Every_selector_finds_the_pods_it_is_meant_for(string overlay)
    {
        foreach (Workload workload in Workload.Of(overlay))
        {
            IDictionary<string, string> labels = workload.Template.Metadata.Labels;
            if (workload.Manifest.Kind == "Deployment")
            {
                Assert.Subset(labels.ToHashSet(), workload.Manifest.As<V1Deployment>().Spec.Selector.MatchLabels.ToHashSet());
                V1PodDisruptionBudget budget = Assert.Single(workload.Beside, manifest => manifest.Kind == "PodDisruptionBudget").As<V1PodDisruptionBudget>();
                Assert.Subset(labels.ToHashSet(), budget.Spec.Selector.MatchLabels.ToHashSet());
            }

            IEnumerable<V1NetworkPolicy> policies = [.. Policies(workload).Where(policy => Reach.Selects(policy.Spec.PodSelector, labels))];
            Assert.Contains(policies, policy => policy.Spec.PolicyTypes.Contains("Ingress") && policy.Spec.Ingress is null);
            Assert.Equal(workload.Container.Args[0] is "run" or "redrive", policies.Any(policy => policy.Metadata.Name == "ingestion-upstream"));
        }
    }

    [Theory]
    [InlineData("ingestion-worker")]
    [InlineData("ingestion-owner")]
    [InlineData("ingestion-scaler")]
    public void The_example_of_a_secret_holds_placeholders(string name)
    {
        Manifest secret = Assert.Single(Manifest.Load(Secrets), manifest => manifest.Name == name);

        Assert.All(secret.As<V1Secret>().StringData.Values, value => Assert.Contains("REPLACE_ME", value, StringComparison.Ordinal));
    }

    private static IEnumerable<V1NetworkPolicy> Policies(Workload workload) =>
        workload.Beside.Where(manifest => manifest.Kind == "NetworkPolicy").Select(manifest => manifest.As<V1NetworkPolicy>());

    private static IEnumerable<string> Canonical(IEnumerable<Manifest> manifests) => manifests.Select(manifest => Canonical(manifest.Root)).Order(StringComparer.Ordinal);

    private static string Canonical(YamlNode node) => node switch
    {
        YamlMappingNode mapping => "{" + string.Join(", ", mapping.Children.Select(pair => $"{pair.Key}: {Canonical(pair.Value)}").Order(StringComparer.Ordinal)) + "}",
        YamlSequenceNode items => "[" + string.Join(", ", items.Select(Canonical)) + "]",
        _ => node.ToString(),
    };
}
