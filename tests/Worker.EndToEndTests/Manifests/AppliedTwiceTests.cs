namespace Worker.EndToEndTests.Manifests;

/// <summary>What is applied a second time is <c>unchanged</c>: the API server gives every object back as it was sent.</summary>
public sealed class AppliedTwiceTests
{
    private const string Objects = """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata:
          name: worker
        spec:
          podSelector: {}
          policyTypes: [Ingress]
          ingress:
            - from:
                - podSelector: {}
              ports:
                - protocol: TCP
                  port: 80
        ---
        apiVersion: batch/v1
        kind: Job
        metadata:
          name: worker
          labels:
            app: worker
        spec:
          backoffLimit: 0
          podFailurePolicy:
            rules:
              - action: Ignore
                onExitCodes: null
                onPodConditions:
                  - type: DisruptionTarget
                    status: "True"
          template:
            spec:
              enableServiceLinks: false
              containers:
                - name: worker
                  image: ingestion-worker
                  args: [run]
                  env:
                    - name: NAME
                      value: "1"
                  ports:
                    - containerPort: 80
                  resources:
                    limits:
                      cpu: 250m
                      memory: 384Mi
        """;

    public static TheoryData<string> Overlays => [.. Kustomization.Overlays];

    [Theory]
    [MemberData(nameof(Overlays))]
    public void The_API_server_gives_every_object_of_an_overlay_back_as_it_was_sent(string overlay)
    {
        Assert.All(Kustomization.BuildOverlay(overlay), manifest => Assert.Empty(AppliedTwice.FindDifferences(manifest)));
        Assert.All(Kustomization.BuildForOpenShift(overlay), manifest => Assert.Empty(AppliedTwice.FindDifferences(manifest)));
    }

    [Fact]
    public void What_is_kept_is_no_difference() => Assert.Empty(Differences(Objects));

    [Theory]
    [InlineData("  policyTypes: [Ingress]\n", "  policyTypes: []\n", "spec.policyTypes: an empty list is left out")]
    [InlineData("        - podSelector: {}", "        - podSelector: {matchLabels: {}}", "spec.ingress[0].from[0].podSelector.matchLabels: an empty list is left out")]
    [InlineData("        - protocol: TCP\n          port: 80", "        - port: 80", "spec.ingress[0].ports[0].protocol: TCP is filled in")]
    [InlineData("  labels:\n    app: worker", "  labels: {}", "metadata.labels: an empty list is left out")]
    [InlineData("  labels:\n    app: worker", "  labels:", "metadata.labels: null is left out")]
    [InlineData("        onExitCodes: null\n", "", "spec.podFailurePolicy.rules[0].onExitCodes: null is filled in")]
    [InlineData("            status: \"True\"\n", "", "spec.podFailurePolicy.rules[0].onPodConditions[0].status: True is filled in")]
    [InlineData("      enableServiceLinks: false", "      hostNetwork: false", "spec.template.spec.hostNetwork: 'false' is left out")]
    [InlineData("          args: [run]", "          args: []", "spec.template.spec.containers[0].args: an empty list is left out")]
    [InlineData("              value: \"1\"", "              value: \"\"", "spec.template.spec.containers[0].env[0].value: '' is left out")]
    [InlineData("            - containerPort: 80", "            - {containerPort: 80, hostPort: 0}", "spec.template.spec.containers[0].ports[0].hostPort: '0' is left out")]
    [InlineData("cpu: 250m", "cpu: \"0.25\"", "spec.template.spec.containers[0].resources.limits[cpu]: '0.25' is stored as '250m'")]
    [InlineData("cpu: 250m", "cpu: 2000m", "spec.template.spec.containers[0].resources.limits[cpu]: '2000m' is stored as '2'")]
    [InlineData("memory: 384Mi", "memory: 1024Mi", "spec.template.spec.containers[0].resources.limits[memory]: '1024Mi' is stored as '1Gi'")]
    public void What_is_left_out_filled_in_or_rewritten_is_a_difference(string good, string bad, string expected)
    {
        int at = Objects.IndexOf(good, StringComparison.Ordinal);
        Assert.True(at >= 0, good);

        string found = Assert.Single(Differences(Objects[..at] + bad + Objects[(at + good.Length)..]));
        Assert.StartsWith(expected, found, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Differences(string text) => Manifest.Parse(text, "test").SelectMany(AppliedTwice.FindDifferences);
}
