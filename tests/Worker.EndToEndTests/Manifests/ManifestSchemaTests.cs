using k8s.Models;
using YamlDotNet.Core;

namespace Worker.EndToEndTests.Manifests;

/// <summary>The check of the manifests finds what it is there for.</summary>
public sealed class ManifestSchemaTests
{
    private const string Deployment = """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: worker
        spec:
          replicas: 1
          selector:
            matchLabels:
              app: worker
          template:
            metadata:
              labels:
                app: worker
            spec:
              restartPolicy: Always
              containers:
                - name: worker
                  image: ingestion-worker
                  env:
                    - name: Ingestion__Ids
                      value: "1"
                  livenessProbe:
                    httpGet:
                      path: /healthz/live
                      port: 8080
                  resources:
                    limits:
                      memory: 384Mi
                  securityContext:
                    readOnlyRootFilesystem: true
        """;

    [Fact]
    public void A_good_manifest_has_no_errors() => Assert.Empty(Errors(Deployment));

    [Theory]
    [InlineData("replicas: 1", "replica: 1", "spec.replica is not a field of V1DeploymentSpec")]
    [InlineData("readOnlyRootFilesystem", "readOnlyRootFileSystem", "readOnlyRootFileSystem is not a field of V1SecurityContext")]
    [InlineData("httpGet", "httpget", "livenessProbe.httpget is not a field of V1Probe")]
    [InlineData("replicas: 1", "replicas: one", "spec.replicas is 'one', but must be a whole number")]
    [InlineData("replicas: 1", "replicas: \"1\"", "spec.replicas is '1', but must be a whole number")]
    [InlineData("replicas: 1", "replicas: [1]", "must be a whole number")]
    [InlineData("value: \"1\"", "value: 1", "env[0].value is '1', but must be a text")]
    [InlineData("value: \"1\"", "value: yes", "env[0].value is 'yes', but must be a text")]
    [InlineData("value: \"1\"", "value: 01:30", "env[0].value is '01:30', but must be a text")]
    [InlineData("value: \"1\"", "value: {a: b}", "must be a text")]
    [InlineData("app: worker", "app: true", "matchLabels[app] is 'true', but must be a text")]
    [InlineData("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: \"true\"", "must be true or false")]
    [InlineData("memory: 384Mi", "memory: 384Mb", "limits[memory] is '384Mb', but must be a quantity")]
    [InlineData("limits:\n              memory: 384Mi", "limits: none", "limits must be an object")]
    [InlineData("- name: worker", "- names: worker", "spec.template.spec.containers[0].name is missing")]
    [InlineData("port: 8080", "scheme: HTTP", "livenessProbe.httpGet.port is missing")]
    [InlineData("  selector:\n    matchLabels:\n      app: worker\n", "", "spec.selector is missing")]
    [InlineData("restartPolicy: Always", "restartPolicy: Allways", "restartPolicy is 'Allways', but must be one of Always, OnFailure, Never")]
    [InlineData("restartPolicy: Always", "dnsConfig: {}", "FieldRules does not say which fields of V1PodDNSConfig are required")]
    [InlineData("apiVersion: apps/v1", "apiVersion: apps/v1beta1", "apiVersion 'apps/v1beta1' has no kind 'Deployment'")]
    [InlineData("  name: worker\nspec", "  name: The_Worker\nspec", "metadata.name 'The_Worker' is not a name")]
    public void A_bad_field_is_named_with_its_path(string good, string bad, string expected)
    {
        int at = Deployment.IndexOf(good, StringComparison.Ordinal);
        Assert.True(at >= 0);

        Assert.Contains(Errors(Deployment[..at] + bad + Deployment[(at + good.Length)..]), error => error.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void A_key_that_stands_twice_is_an_error() =>
        Assert.ThrowsAny<YamlException>(() => Errors(Deployment.Replace("  replicas: 1", "  replicas: 1\n  replicas: 2", StringComparison.Ordinal)));

    [Fact]
    public void A_patch_changes_adds_and_takes_away()
    {
        Manifest target = Assert.Single(Manifest.Parse(Deployment, "target"));
        StrategicMerge.Apply(target.Root, Assert.Single(Manifest.Parse("""
            spec:
              replicas: null
              template:
                spec:
                  containers:
                    - name: worker
                      env:
                        - name: Ingestion__Source
                          value: Catalog
                        - name: Ingestion__Ids
                          value: 1-10
            """, "patch")).Root);

        V1Deployment patched = target.As<V1Deployment>();
        Assert.Null(patched.Spec.Replicas);
        V1Container container = Assert.Single(patched.Spec.Template.Spec.Containers);
        Assert.Equal("ingestion-worker", container.Image);
        Assert.Equal([("Ingestion__Ids", "1-10"), ("Ingestion__Source", "Catalog")], container.Env.Select(variable => (variable.Name, variable.Value)));
    }

    private static IReadOnlyList<string> Errors(string text) => ManifestSchema.FindErrors(Assert.Single(Manifest.Parse(text, "test")));
}
