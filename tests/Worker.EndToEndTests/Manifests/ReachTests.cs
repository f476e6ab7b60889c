namespace Worker.EndToEndTests.Manifests;

/// <summary>The network policies let a pod reach what it needs, and not the rest.</summary>
public sealed class ReachTests
{
    public static TheoryData<string> Overlays => [.. Kustomization.Overlays];

    /// <summary>The cluster's own DNS, OpenShift's, whose pods listen on 5353, the cache on the node, and Cloud DNS.</summary>
    [Theory]
    [MemberData(nameof(Overlays))]
    public void A_pod_can_ask_for_names_wherever_they_are_known(string overlay) => Assert.All(Workload.Of(overlay), workload =>
    {
        Reach reach = Reach.Of(workload);
        Assert.All(new[] { "UDP", "TCP" }, protocol =>
        {
            Assert.True(reach.Namespace("kube-system", 53, protocol));
            Assert.True(reach.Namespace("openshift-dns", 5353, protocol));
            Assert.True(reach.Address("169.254.20.10", 53, protocol));
            Assert.True(reach.Address("169.254.169.254", 53, protocol));
        });
    });

    [Theory]
    [MemberData(nameof(Overlays))]
    public void A_pod_can_reach_the_database_directly_or_through_PgBouncer(string overlay) => Assert.All(Workload.Of(overlay), workload =>
    {
        Reach reach = Reach.Of(workload);
        Assert.All(new[] { 5432, 6432 }, port => Assert.True(reach.Namespace("databases", port) && reach.Address("10.1.2.3", port) && reach.Address("203.0.113.7", port)));
    });

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Only_who_fetches_reaches_the_upstream_and_nobody_the_credentials_of_the_cloud(string overlay) => Assert.All(Workload.Of(overlay), workload =>
    {
        Reach reach = Reach.Of(workload);
        Assert.Equal(workload.Container.Args[0] is "run" or "redrive", reach.Address("203.0.113.7", 443));
        Assert.False(reach.Address("169.254.169.254", 80) || reach.Address("169.254.169.254", 443) || reach.Address("10.0.0.1", 443));
        Assert.True(reach.Namespace("observability", 4317) && reach.Namespace("observability", 4318));
    });
}
