using System.Text.RegularExpressions;
using Ingestion.Configuration;
using Ingestion.Runs;
using k8s.Models;
using Microsoft.Extensions.Configuration;
using TestSupport.Settings;
using Worker.Commands;
using Worker.Hosting;

namespace Worker.EndToEndTests.Manifests;

/// <summary>The pods of the manifests: what they are allowed, what they are told and how they end is what the worker is made for.</summary>
public sealed partial class WorkloadTests
{
    /// <summary>The user of the .NET images: the Dockerfile says <c>USER $APP_UID</c>, and they define it.</summary>
    private const long AppUid = 1654;

    /// <summary>What the worker needs after <c>Ingestion:ShutdownTimeout</c>, as docs/operate.md says.</summary>
    private static readonly TimeSpan AfterDrain = TimeSpan.FromSeconds(15);

    /// <summary>Variables that OpenTelemetry defines, as far as a deployment has a use for them.</summary>
    private static readonly string[] TelemetryVariables =
    [
        "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_METRIC_EXPORT_INTERVAL", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_SERVICE_NAME", "OTEL_TRACES_SAMPLER",
        "OTEL_TRACES_SAMPLER_ARG",
    ];

    public static TheoryData<string> Overlays => [.. Kustomization.Overlays];

    [Theory]
    [MemberData(nameof(Overlays))]
    public void A_pod_has_no_rights(string overlay) => Assert.All(Workload.Of(overlay), workload =>
    {
        V1PodSpec pod = workload.Template.Spec;
        V1SecurityContext container = workload.Container.SecurityContext;
        Assert.False(pod.AutomountServiceAccountToken);
        Assert.True(pod.SecurityContext.RunAsNonRoot);
        Assert.Equal("RuntimeDefault", pod.SecurityContext.SeccompProfile.Type);
        Assert.False(container.AllowPrivilegeEscalation);
        Assert.True(container.ReadOnlyRootFilesystem);
        Assert.Equal(["ALL"], container.Capabilities.Drop);
        Assert.Null(container.Capabilities.Add);
        Assert.Contains(workload.Beside, manifest => manifest.Kind == "ServiceAccount" && manifest.Name == pod.ServiceAccountName);
        Assert.All(workload.Container.VolumeMounts, mount => Assert.True(mount.ReadOnlyProperty));
    });

    [Theory]
    [MemberData(nameof(Overlays))]
    public void A_pod_runs_as_the_user_of_the_image(string overlay)
    {
        Assert.Contains("\nUSER $APP_UID\n", Repository.Read("Dockerfile"), StringComparison.Ordinal);
        Assert.All(Workload.Of(overlay), workload =>
        {
            V1PodSecurityContext context = workload.Template.Spec.SecurityContext;
            Assert.Equal([AppUid, AppUid, AppUid], [context.RunAsUser, context.RunAsGroup, context.FsGroup]);
        });
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void A_pod_runs_this_version_and_a_command_that_exists(string overlay) => Assert.All(Workload.Of(overlay), workload =>
    {
        Assert.EndsWith($"/ingestion-worker:{Version().Match(Repository.Read("Directory.Build.props")).Groups["version"].Value}", workload.Container.Image, StringComparison.Ordinal);
        Assert.NotNull(CommandLine.Parse(CommandLine.CreateRoot(out Dictionary<string, string?> settings), [.. workload.Container.Args], settings, out string? error));
        Assert.Null(error);
    });

    /// <summary>A namespace of OpenShift has users of its own, and its profile restricted-v2 refuses others; the rest stays as it is.</summary>
    [Theory]
    [MemberData(nameof(Overlays))]
    public void On_OpenShift_no_user_is_fixed(string overlay)
    {
        IReadOnlyList<Manifest> built = Kustomization.BuildForOpenShift(overlay);

        Assert.All(built, manifest => Assert.Empty(ManifestSchema.FindErrors(manifest)));
        Assert.All(Workload.Of(overlay, built), workload =>
        {
            V1PodSecurityContext context = workload.Template.Spec.SecurityContext;
            Assert.Equal([null, null, null], [context.RunAsUser, context.RunAsGroup, context.FsGroup]);
            Assert.True(context.RunAsNonRoot);
            Assert.Equal("RuntimeDefault", context.SeccompProfile.Type);
        });
    }

    /// <summary>A million IDs took 124 to 144 MiB (README, Performance).</summary>
    [Theory]
    [MemberData(nameof(Overlays))]
    public void A_pod_asks_for_what_was_measured_and_may_not_grow_for_ever(string overlay) => Assert.All(Workload.Of(overlay), workload =>
    {
        const long mebibyte = 1024 * 1024;
        V1ResourceRequirements resources = workload.Container.Resources;
        Assert.InRange(resources.Requests["memory"].ToInt64(), 144 * mebibyte, 256 * mebibyte);
        Assert.InRange(resources.Limits["memory"].ToInt64(), 2 * 144 * mebibyte, 512 * mebibyte);
        Assert.True(resources.Requests.ContainsKey("cpu"));
        Assert.False(resources.Limits.ContainsKey("cpu"));
    });

    [Theory]
    [MemberData(nameof(Overlays))]
    public void A_pod_has_the_time_to_drain(string overlay) => Assert.All(Workload.Of(overlay), workload =>
    {
        string drain = Assert.Single(ConfigurationRules.Read(Configuration(workload)), setting => setting.Key == "Ingestion:ShutdownTimeout").Value;

        Assert.True(TimeSpan.FromSeconds(workload.Template.Spec.TerminationGracePeriodSeconds!.Value) >= TimeSpan.Parse(drain, null) + AfterDrain);
    });

    [Theory]
    [MemberData(nameof(Overlays))]
    public void A_pod_that_ingests_is_probed_where_it_answers(string overlay) => Assert.All(Workload.Of(overlay), workload =>
    {
        V1Container container = workload.Container;
        if (container.Args[0] != "run")
        {
            Assert.True((container.StartupProbe ?? container.LivenessProbe ?? container.ReadinessProbe) is null);
            return;
        }

        string port = Assert.Single(Settings.Read<HealthOptions>(Configuration(workload), HealthOptions.Section)).Value;
        V1ContainerPort health = Assert.Single(container.Ports);
        Assert.Equal(port, health.ContainerPort.ToString());
        Assert.Contains($"\nEXPOSE {port}\n", Repository.Read("Dockerfile"), StringComparison.Ordinal);
        Assert.Equal(
            ["/healthz/live", "/healthz/live", "/healthz/ready"],
            [container.StartupProbe.HttpGet.Path, container.LivenessProbe.HttpGet.Path, container.ReadinessProbe.HttpGet.Path]);
        Assert.All([container.StartupProbe, container.LivenessProbe, container.ReadinessProbe], probe => Assert.Equal(health.Name, probe.HttpGet.Port.Value));
    });

    [Theory]
    [MemberData(nameof(Overlays))]
    public void A_pod_is_told_what_the_worker_knows(string overlay) => Assert.All(Workload.Of(overlay), workload =>
    {
        IConfiguration configuration = Configuration(workload);
        string[] known =
        [
            .. ConfigurationRules.Read(configuration).Where(setting => !setting.IsSecret).Select(setting => setting.Key),
            .. Settings.Read<HealthOptions>(configuration, HealthOptions.Section).Select(setting => setting.Key),
            .. TelemetryVariables, "INGESTION_SECRETS",
        ];

        Assert.Empty(ConfigurationRules.FindErrors(configuration));
        Assert.Empty(Settings.Check<HealthOptions>(configuration, HealthOptions.Section));
        Assert.Subset(known.ToHashSet(), workload.Environment().Keys.Except(workload.Referenced()).Select(name => name.Replace("__", ":", StringComparison.Ordinal)).ToHashSet());
    });

    [Theory]
    [MemberData(nameof(Overlays))]
    public void A_secret_comes_as_files_and_stands_in_no_manifest(string overlay) => Assert.All(Workload.Of(overlay), workload =>
    {
        string folder = workload.Environment()["INGESTION_SECRETS"];
        V1VolumeMount mount = Assert.Single(workload.Container.VolumeMounts, mount => mount.MountPath == folder);
        V1Volume volume = Assert.Single(workload.Template.Spec.Volumes, volume => volume.Name == mount.Name);
        Assert.Equal(Convert.ToInt32("0440", 8), volume.Secret.DefaultMode);
        Assert.Equal(workload.Container.Args[0] == "migrate" ? "ingestion-owner" : "ingestion-worker", workload.SecretName);
        Assert.Contains("ConnectionStrings__Postgres", Secret(workload.SecretName).Keys);
        Assert.DoesNotContain(workload.Beside, manifest => manifest.Kind == "Secret");
        Assert.All(workload.Environment(), variable => Assert.DoesNotMatch(Credentials(), $"{variable.Key}={variable.Value}"));
    });

    [Theory]
    [MemberData(nameof(Overlays))]
    public void A_job_is_given_up_when_another_pod_would_do_no_better(string overlay) => Assert.All(
        Workload.Of(overlay).Where(workload => workload.Manifest.Kind != "Deployment"),
        workload =>
        {
            if (workload.Container.Args[0] == "enqueue")
            {
                // Another pod would fill the queue a second time.
                Assert.Equal(0, workload.Manifest.As<V1Job>().Spec.BackoffLimit);
                return;
            }

            V1JobSpec job = workload.Manifest.Kind == "Job" ? workload.Manifest.As<V1Job>().Spec : workload.Manifest.As<V1CronJob>().Spec.JobTemplate.Spec;
            V1PodFailurePolicyRule rule = Assert.Single(job.PodFailurePolicy.Rules, rule => rule.Action == "FailJob");
            IEnumerable<int> hopeless = [ExitCodes.SomeItemsFailed, ExitCodes.BadCommandLine, ExitCodes.BadConfiguration];

            Assert.Equal(workload.Container.Args[0] == "migrate" ? hopeless.Skip(1) : hopeless, rule.OnExitCodes.Values.Select(code => (int)code!));
            Assert.Equal(workload.Container.Name, rule.OnExitCodes.ContainerName);
            Assert.Equal("Never", workload.Template.Spec.RestartPolicy);
        });

    private static IDictionary<string, string> Secret(string name) =>
        Assert.Single(Manifest.Load(Kustomization.Folder + "/secrets.example.yaml"), manifest => manifest.Name == name).As<V1Secret>().StringData;

    /// <summary>What the worker would read in a pod: the secret files, and the environment over them.</summary>
    private static IConfiguration Configuration(Workload workload) => new ConfigurationBuilder()
        .AddInMemoryCollection(ShippedSettings.Resource)
        .AddInMemoryCollection(Secret(workload.SecretName).Concat(workload.Environment())
            .Where(variable => variable.Key.Contains("__", StringComparison.Ordinal))
            .Select(variable => KeyValuePair.Create(variable.Key.Replace("__", ":", StringComparison.Ordinal), (string?)variable.Value)))
        .Build();

    [GeneratedRegex("<Version>(?<version>[^<]+)</Version>", RegexOptions.NonBacktracking)]
    private static partial Regex Version();

    [GeneratedRegex("(?i)password|passwd|token|_headers=|connectionstring|://[^/]*@", RegexOptions.NonBacktracking)]
    private static partial Regex Credentials();
}
