namespace Chaos.Scenarios;

/// <summary>How many IDs a worker may have fetched and not stored when it dies: each of them is fetched a second time.</summary>
internal static class InFlight
{
    // The pipeline gives a slot back after the fetch: then an item waits for a core, is in one, or is among the persists that wait for a commit.
    private const int PipelinePersists = 512;

    /// <summary>The bound for one death.</summary>
    public static int Most(string strategy, int degree) =>
        strategy == "Pipeline" ? degree + (2 * Environment.ProcessorCount) + PipelinePersists : degree;

    /// <summary>The same in words.</summary>
    public static string Because(int kills, string strategy, int degree) => strategy == "Pipeline"
        ? $"{kills} × ({degree} slots + {2 * Environment.ProcessorCount} at the cores + {PipelinePersists} in the commit)"
        : $"{kills} × {degree} slots, which are held until the commit";
}
