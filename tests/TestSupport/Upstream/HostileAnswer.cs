using System.Globalization;
using System.Text.RegularExpressions;

namespace TestSupport.Upstream;

/// <summary>An answer nobody wants, and how an item ends that gets it every time.</summary>
/// <param name="Fault">What the simulator calls it.</param>
/// <param name="Outcome">The outcome of the item.</param>
/// <param name="Kind">The class of failure of each attempt; empty when the attempt brings a body, whatever that is worth.</param>
/// <param name="Reason">
/// The whole reason, where <c>#</c> stands for a number, <c>*</c> for words, <c>{server}</c> for the simulator's host and port, <c>{id}</c> for the
/// character's and <c>{timeout}</c> for the time limit of an attempt.
/// </param>
public sealed record HostileAnswer(string Fault, string Outcome, string Kind, string Reason)
{
    /// <summary>Matches the reason, and nothing else.</summary>
    public string ReasonPattern(Uri server, int id, TimeSpan timeout)
    {
        string reason = Reason
            .Replace("{server}", server.Authority, StringComparison.Ordinal)
            .Replace("{id}", id.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{timeout}", timeout.ToString(), StringComparison.Ordinal);
        return $"^{Regex.Escape(reason).Replace(@"\#", "[0-9]+", StringComparison.Ordinal).Replace(@"\*", "[ -~]+", StringComparison.Ordinal)}$";
    }

    public override string ToString() => Fault;
}
