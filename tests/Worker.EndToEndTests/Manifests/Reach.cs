using System.Globalization;
using System.Net;
using k8s.Models;

namespace Worker.EndToEndTests.Manifests;

/// <summary>Where the pods of a workload may connect to, by the network policies beside it.</summary>
internal sealed record Reach(IReadOnlyList<V1NetworkPolicyEgressRule> Rules)
{
    public static Reach Of(Workload workload) => new(
    [
        .. from manifest in workload.Beside
           where manifest.Kind == "NetworkPolicy"
           let spec = manifest.As<V1NetworkPolicy>().Spec
           where Selects(spec.PodSelector, workload.Template.Metadata.Labels)
           from rule in spec.Egress
           select rule,
    ]);

    /// <summary>Whether a selector takes something that has these labels.</summary>
    public static bool Selects(V1LabelSelector selector, IDictionary<string, string> labels) =>
        (selector.MatchLabels ?? new Dictionary<string, string>()).All(labels.Contains)
        && (selector.MatchExpressions ?? []).All(rule => rule.Values.Contains(labels[rule.Key]) == (rule.OperatorProperty == "In"));

    /// <summary>Every pod of a namespace.</summary>
    public bool Namespace(string name, int port, string protocol = "TCP")
    {
        Dictionary<string, string> labels = new() { ["kubernetes.io/metadata.name"] = name };
        return Allows(port, protocol, peer => peer.NamespaceSelector is not null && peer.PodSelector is null && Selects(peer.NamespaceSelector, labels));
    }

    /// <summary>An address that is no pod's.</summary>
    public bool Address(string address, int port, string protocol = "TCP") => Allows(port, protocol, peer =>
        peer.IpBlock is not null && IsIn(peer.IpBlock.Cidr, address) && !(peer.IpBlock.Except ?? []).Any(range => IsIn(range, address)));

    private static bool IsIn(string range, string address) => IPNetwork.Parse(range).Contains(IPAddress.Parse(address));

    private bool Allows(int port, string protocol, Func<V1NetworkPolicyPeer, bool> isPeer) => Rules.Any(rule =>
        (rule.To is null || rule.To.Any(isPeer))
        && rule.Ports.Any(allowed => allowed.Port.Value == port.ToString(CultureInfo.InvariantCulture) && allowed.Protocol == protocol));
}
