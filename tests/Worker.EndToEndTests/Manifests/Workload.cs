using System.Text.RegularExpressions;
using k8s.Models;

namespace Worker.EndToEndTests.Manifests;

/// <summary>What runs the worker: a Deployment, a Job or a CronJob, with everything an overlay puts beside it.</summary>
/// <param name="Name">Overlay and name, for messages.</param>
/// <param name="Manifest">The object.</param>
/// <param name="Template">Its pods.</param>
/// <param name="Beside">All objects of the overlay.</param>
internal sealed partial record Workload(string Name, Manifest Manifest, V1PodTemplateSpec Template, IReadOnlyList<Manifest> Beside)
{
    public V1Container Container => Assert.Single(Template.Spec.Containers);

    /// <summary>The Secret that the pods mount, by name.</summary>
    public string SecretName => Assert.Single(Template.Spec.Volumes, volume => volume.Secret is not null).Secret.SecretName;

    public static IReadOnlyList<Workload> Of(string overlay) => Of(overlay, Kustomization.BuildOverlay(overlay));

    public static IReadOnlyList<Workload> Of(string overlay, IReadOnlyList<Manifest> built) =>
    [
        .. from manifest in built
           let template = PodTemplate(manifest)
           where template is not null
           select new Workload($"{overlay}: {manifest.Kind} {manifest.Name}", manifest, template, built),
    ];

    /// <summary>The variables that stand in the manifests: those of the ConfigMaps in their order, then the container's own. A later one wins.</summary>
    public IReadOnlyDictionary<string, string> Environment()
    {
        Dictionary<string, string> environment = new(StringComparer.Ordinal);
        foreach (V1EnvFromSource source in Container.EnvFrom)
        {
            Manifest settings = Assert.Single(Beside, manifest => manifest.Kind == "ConfigMap" && manifest.Name == source.ConfigMapRef.Name);
            foreach ((string name, string value) in settings.As<V1ConfigMap>().Data)
                environment[name] = value;
        }

        foreach (V1EnvVar variable in Container.Env)
            environment[variable.Name] = variable.Value ?? "";
        return environment;
    }

    /// <summary>Variables that exist to be named in the value of another one, <c>$(NAME)</c>.</summary>
    public IEnumerable<string> Referenced() => Container.Env.SelectMany(variable => Reference().Matches(variable.Value ?? "")).Select(match => match.Groups["name"].Value);

    public override string ToString() => Name;

    private static V1PodTemplateSpec? PodTemplate(Manifest manifest) => manifest.Kind switch
    {
        "Deployment" => manifest.As<V1Deployment>().Spec.Template,
        "Job" => manifest.As<V1Job>().Spec.Template,
        "CronJob" => manifest.As<V1CronJob>().Spec.JobTemplate.Spec.Template,
        _ => null,
    };

    [GeneratedRegex(@"\$\((?<name>\w+)\)", RegexOptions.NonBacktracking)]
    private static partial Regex Reference();
}
