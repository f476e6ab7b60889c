using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Worker.EndToEndTests.Manifests;

/// <summary>How KEDA gets at credentials (<c>keda.sh/v1alpha1</c>): from a Secret of the same namespace.</summary>
[KubernetesEntity(Group = "keda.sh", ApiVersion = "v1alpha1", Kind = "TriggerAuthentication", PluralName = "triggerauthentications")]
internal sealed class TriggerAuthentication : IKubernetesObject<V1ObjectMeta>
{
    [JsonPropertyName("apiVersion"), JsonRequired]
    public string ApiVersion { get; set; } = "";

    [JsonPropertyName("kind"), JsonRequired]
    public string Kind { get; set; } = "";

    [JsonPropertyName("metadata"), JsonRequired]
    public V1ObjectMeta Metadata { get; set; } = new();

    [JsonPropertyName("spec"), JsonRequired]
    public TriggerAuthenticationSpec Spec { get; set; } = new();
}

internal sealed class TriggerAuthenticationSpec
{
    [JsonPropertyName("secretTargetRef")]
    public IList<SecretTarget>? SecretTargetRef { get; set; }
}

internal sealed class SecretTarget
{
    [JsonPropertyName("parameter"), JsonRequired]
    public string Parameter { get; set; } = "";

    [JsonPropertyName("name"), JsonRequired]
    public string Name { get; set; } = "";

    [JsonPropertyName("key"), JsonRequired]
    public string Key { get; set; } = "";
}
