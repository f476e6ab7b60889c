using System.Reflection;
using System.Text.Json.Serialization;
using k8s.Models;

namespace Worker.EndToEndTests.Manifests;

/// <summary>
/// What the types of Kubernetes' client do not say of the fields of the manifests: which are required, and which words a field takes. From the
/// API reference of Kubernetes (the parts that have been the same since 1.31) and of KEDA (<c>keda.sh/v1alpha1</c>).
/// </summary>
internal static class FieldRules
{
    /// <summary>Every type that the manifests use; another one has to be looked up first.</summary>
    private static readonly Dictionary<Type, string> RequiredFields = new()
    {
        [typeof(V1Capabilities)] = "",
        [typeof(V1ConfigMap)] = "apiVersion kind metadata",
        [typeof(V1ConfigMapEnvSource)] = "name",
        [typeof(V1ConfigMapVolumeSource)] = "name",
        [typeof(V1Container)] = "name image",
        [typeof(V1ContainerPort)] = "containerPort",
        [typeof(V1CronJob)] = "apiVersion kind metadata spec",
        [typeof(V1CronJobSpec)] = "schedule jobTemplate",
        [typeof(V1Deployment)] = "apiVersion kind metadata spec",
        [typeof(V1DeploymentSpec)] = "selector template",
        [typeof(V1DeploymentStrategy)] = "",
        [typeof(V1EmptyDirVolumeSource)] = "",
        [typeof(V1EnvFromSource)] = "",
        [typeof(V1EnvVar)] = "name",
        [typeof(V1EnvVarSource)] = "",
        [typeof(V1HTTPGetAction)] = "port",
        [typeof(V1IPBlock)] = "cidr",
        [typeof(V1Job)] = "apiVersion kind metadata spec",
        [typeof(V1JobSpec)] = "template",
        [typeof(V1JobTemplateSpec)] = "spec",
        [typeof(V1LabelSelector)] = "",
        [typeof(V1LabelSelectorRequirement)] = "key operator",
        [typeof(V1NetworkPolicy)] = "apiVersion kind metadata spec",
        [typeof(V1NetworkPolicyEgressRule)] = "",
        [typeof(V1NetworkPolicyIngressRule)] = "",
        [typeof(V1NetworkPolicyPeer)] = "",
        [typeof(V1NetworkPolicyPort)] = "",
        [typeof(V1NetworkPolicySpec)] = "podSelector",
        [typeof(V1ObjectFieldSelector)] = "fieldPath",
        [typeof(V1ObjectMeta)] = "",
        [typeof(V1PersistentVolumeClaim)] = "apiVersion kind metadata spec",
        [typeof(V1PersistentVolumeClaimSpec)] = "accessModes resources",
        [typeof(V1PersistentVolumeClaimVolumeSource)] = "claimName",
        [typeof(V1PodDisruptionBudget)] = "apiVersion kind metadata spec",
        [typeof(V1PodDisruptionBudgetSpec)] = "selector",
        [typeof(V1PodFailurePolicy)] = "rules",
        [typeof(V1PodFailurePolicyOnExitCodesRequirement)] = "operator values",
        [typeof(V1PodFailurePolicyOnPodConditionsPattern)] = "type status",
        [typeof(V1PodFailurePolicyRule)] = "action",
        [typeof(V1PodSecurityContext)] = "",
        [typeof(V1PodSpec)] = "containers",
        [typeof(V1PodTemplateSpec)] = "",
        [typeof(V1Probe)] = "",
        [typeof(V1ResourceRequirements)] = "",
        [typeof(V1RollingUpdateDeployment)] = "",
        [typeof(V1SeccompProfile)] = "type",
        [typeof(V1Secret)] = "apiVersion kind metadata",
        [typeof(V1SecretVolumeSource)] = "secretName",
        [typeof(V1SecurityContext)] = "",
        [typeof(V1Service)] = "apiVersion kind metadata spec",
        [typeof(V1ServicePort)] = "port",
        [typeof(V1ServiceSpec)] = "ports",
        [typeof(V1ServiceAccount)] = "apiVersion kind metadata",
        [typeof(V1TopologySpreadConstraint)] = "maxSkew topologyKey whenUnsatisfiable",
        [typeof(V1Volume)] = "name",
        [typeof(V1VolumeMount)] = "name mountPath",
        [typeof(V1VolumeResourceRequirements)] = "requests",
        [typeof(V2HorizontalPodAutoscalerBehavior)] = "",
        [typeof(V2HPAScalingPolicy)] = "type value periodSeconds",
        [typeof(V2HPAScalingRules)] = "",
    };

    private static readonly Dictionary<(Type Type, string Field), string> AllowedWords = new()
    {
        [(typeof(V1Container), "imagePullPolicy")] = "Always IfNotPresent Never",
        [(typeof(V1CronJobSpec), "concurrencyPolicy")] = "Allow Forbid Replace",
        [(typeof(V1DeploymentStrategy), "type")] = "RollingUpdate Recreate",
        [(typeof(V1LabelSelectorRequirement), "operator")] = "In NotIn Exists DoesNotExist",
        [(typeof(V1NetworkPolicyPort), "protocol")] = "TCP UDP SCTP",
        [(typeof(V1NetworkPolicySpec), "policyTypes")] = "Ingress Egress",
        [(typeof(V1PersistentVolumeClaimSpec), "accessModes")] = "ReadWriteOnce ReadOnlyMany ReadWriteMany ReadWriteOncePod",
        [(typeof(V1PodDisruptionBudgetSpec), "unhealthyPodEvictionPolicy")] = "IfHealthyBudget AlwaysAllow",
        [(typeof(V1PodFailurePolicyOnExitCodesRequirement), "operator")] = "In NotIn",
        [(typeof(V1PodFailurePolicyRule), "action")] = "Count FailIndex FailJob Ignore",
        [(typeof(V1PodSpec), "restartPolicy")] = "Always OnFailure Never",
        [(typeof(V1SeccompProfile), "type")] = "RuntimeDefault Localhost Unconfined",
        [(typeof(V1ServiceSpec), "type")] = "ClusterIP NodePort LoadBalancer ExternalName",
        [(typeof(V1TopologySpreadConstraint), "whenUnsatisfiable")] = "DoNotSchedule ScheduleAnyway",
        [(typeof(V2HPAScalingPolicy), "type")] = "Pods Percent",
    };

    /// <summary>What a zero (<c>false</c>, 0, an empty text) is kept in: a pointer in the API's Go types. Elsewhere it is left out like nothing.</summary>
    private static readonly HashSet<(Type Type, string Field)> KeptZeros =
    [
        (typeof(V1DeploymentSpec), "replicas"),
        (typeof(V1JobSpec), "backoffLimit"),
        (typeof(V1PodSpec), "automountServiceAccountToken"),
        (typeof(V1PodSpec), "enableServiceLinks"),
        (typeof(V1PodSpec), "terminationGracePeriodSeconds"),
        (typeof(V1RollingUpdateDeployment), "maxSurge"),
        (typeof(V1RollingUpdateDeployment), "maxUnavailable"),
        (typeof(V1SecurityContext), "allowPrivilegeEscalation"),
        (typeof(V1ServiceAccount), "automountServiceAccountToken"),
    ];

    /// <summary>What the API server fills in where a field is not written, for the types of what stands in a list that is kept as a whole.</summary>
    private static readonly Dictionary<Type, (string Field, string Value)[]> FilledIn = new()
    {
        [typeof(V1NetworkPolicyPort)] = [("protocol", "TCP")],
        [typeof(V1PodFailurePolicyOnPodConditionsPattern)] = [("status", "True")],
        // These have no `omitempty` in the API's Go types.
        [typeof(V1PodFailurePolicyRule)] = [("onExitCodes", "null"), ("onPodConditions", "null")],
    };

    /// <summary>The fields without which an object is refused; null: it is not known. KEDA's types, which are written here, say it themselves.</summary>
    public static IReadOnlyList<string>? Required(Type type)
    {
        if (RequiredFields.TryGetValue(type, out string? fields))
            return Split(fields);
        return type.Assembly == typeof(FieldRules).Assembly
            ? [.. type.GetProperties().Where(property => property.IsDefined(typeof(JsonRequiredAttribute))).Select(property => property.GetCustomAttribute<JsonPropertyNameAttribute>()!.Name)]
            : null;
    }

    /// <summary>What may be written in a field; null: whatever its type takes.</summary>
    public static IReadOnlyList<string>? Words(Type type, string field) => AllowedWords.TryGetValue((type, field), out string? words) ? Split(words) : null;

    /// <summary>Whether a field keeps a zero.</summary>
    public static bool KeepsZero(Type type, string field) => KeptZeros.Contains((type, field));

    /// <summary>What is filled in where it is not written.</summary>
    public static IReadOnlyList<(string Field, string Value)> Defaults(Type type) => FilledIn.GetValueOrDefault(type) ?? [];

    private static string[] Split(string words) => words.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
