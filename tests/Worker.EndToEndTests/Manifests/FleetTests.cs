using System.Globalization;
using k8s.Models;
using YamlDotNet.RepresentationModel;

namespace Worker.EndToEndTests.Manifests;

/// <summary>The fleet: workers on one queue, as many as KEDA says.</summary>
public sealed class FleetTests
{
    /// <summary>What KEDA's scaler <c>rabbitmq</c> reads.</summary>
    private static readonly string[] TriggerKeys =
    [
        "activationValue", "excludeUnacknowledged", "host", "hostFromEnv", "mode", "operation", "pageSize", "passwordFromEnv", "protocol", "queueName", "timeout", "unsafeSsl",
        "useRegex", "usernameFromEnv", "value", "vhostName",
    ];

    private static readonly IReadOnlyList<Manifest> Built = Kustomization.BuildOverlay("fleet");
    private static readonly Manifest Scaler = Assert.Single(Built, manifest => manifest.Kind == "ScaledObject");
    private static readonly Workload Workers = Assert.Single(Workload.Of("fleet"));

    private static Workload Filler => Assert.Single(Workload.Of("enqueue"));

    private static IReadOnlyList<ScaleTrigger> Triggers => [.. Scaler.As<ScaledObject>().Spec.Triggers];

    private static ScaleTrigger Trigger => Triggers[0];

    [Fact]
    public void Messages_that_are_being_worked_on_keep_their_workers()
    {
        IDictionary<string, string> trigger = Trigger.Metadata;

        Assert.Equal("rabbitmq", Trigger.Type);
        Assert.Subset(TriggerKeys.ToHashSet(), trigger.Keys.ToHashSet());
        Assert.Equal(("http", "QueueLength", "false"), (trigger["protocol"], trigger["mode"], trigger["excludeUnacknowledged"]));
    }

    [Fact]
    public void What_is_measured_are_the_two_queues_that_are_consumed()
    {
        string queue = Workers.Environment()["RabbitMq__Queue"];

        Assert.Equal([queue, queue + ".urgent"], Triggers.Select(trigger => trigger.Metadata["queueName"]));
        // In everything else they are alike.
        Assert.Equal(Trigger.Metadata.Where(pair => pair.Key != "queueName"), Triggers[1].Metadata.Where(pair => pair.Key != "queueName"));
        Assert.Equal((Trigger.Type, Trigger.AuthenticationRef?.Name), (Triggers[1].Type, Triggers[1].AuthenticationRef?.Name));
    }

    /// <summary>A worker holds two messages for each slot, so that it need not wait for the broker.</summary>
    [Fact]
    public void A_worker_is_added_for_more_than_one_prefetches() => Assert.True(
        int.Parse(Trigger.Metadata["value"], CultureInfo.InvariantCulture) > 2 * int.Parse(Workers.Environment()["Ingestion__DegreeOfParallelism"], CultureInfo.InvariantCulture));

    [Fact]
    public void The_number_of_workers_is_for_the_scaler_alone_to_say()
    {
        ScaleTarget target = Scaler.As<ScaledObject>().Spec.ScaleTargetRef;

        Assert.Equal((Workers.Manifest.ApiVersion, Workers.Manifest.Kind, Workers.Manifest.Name), (target.ApiVersion, target.Kind, target.Name));
        Assert.Null(Workers.Manifest.As<V1Deployment>().Spec.Replicas);
    }

    [Fact]
    public void The_scaler_finds_its_credentials_in_a_secret_of_its_own()
    {
        Assert.DoesNotContain("host", Trigger.Metadata.Keys);
        TriggerAuthentication authentication = Assert.Single(Built, manifest => manifest.Kind == "TriggerAuthentication" && manifest.Name == Trigger.AuthenticationRef?.Name).As<TriggerAuthentication>();
        SecretTarget target = Assert.Single(authentication.Spec.SecretTargetRef!);

        Assert.Equal("host", target.Parameter);
        Assert.NotEqual(Workers.SecretName, target.Name);
        Assert.Contains(target.Key, Secret(target.Name).Keys);
    }

    [Fact]
    public void A_worker_may_connect_to_the_broker_it_is_told()
    {
        Uri broker = new(Secret(Workers.SecretName)["ConnectionStrings__RabbitMq"]);

        Assert.True(Reach.Of(Workers).Namespace(broker.Host.Split('.')[1], broker.Port));
        Assert.True(Reach.Of(Filler).Namespace(broker.Host.Split('.')[1], broker.Port));
    }

    [Fact]
    public void What_is_filled_is_the_queue_that_is_consumed() => Assert.Equal(Workers.Environment()["RabbitMq__Queue"], Filler.Environment()["RabbitMq__Queue"]);

    [Theory]
    [InlineData("maxReplicaCount", "maxReplicas", "spec.maxReplicas is not a field of ScaledObjectSpec")]
    [InlineData("scaleTargetRef", "scaleTarget", "spec.scaleTargetRef is missing")]
    [InlineData("triggers", "trigger", "spec.triggers is missing")]
    public void A_bad_field_of_a_scaler_is_named(string good, string bad, string expected)
    {
        Manifest scaler = Assert.Single(Manifest.Load(Scaler.Origin));
        YamlMappingNode spec = (YamlMappingNode)scaler.Root["spec"];
        YamlNode value = spec[good];
        spec.Children.Remove(good);
        spec.Add(bad, value);

        Assert.Contains(expected, ManifestSchema.FindErrors(scaler));
    }

    private static IDictionary<string, string> Secret(string name) =>
        Assert.Single(Manifest.Load(Kustomization.Folder + "/secrets.example.yaml"), manifest => manifest.Name == name).As<V1Secret>().StringData;
}
