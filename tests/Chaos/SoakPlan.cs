namespace Chaos;

/// <summary>What the soak is to have.</summary>
/// <param name="Time">How long it lasts; null for what the form says.</param>
/// <param name="Rate">Requests a second, at most; null for as many as there can be.</param>
/// <param name="With">What happens beside the run.</param>
internal sealed record SoakPlan(TimeSpan? Time, int? Rate, IReadOnlySet<string> With)
{
    /// <summary>A Chromium has the live page open.</summary>
    public const string Viewer = "viewer";

    /// <summary>The database is shut down and started again.</summary>
    public const string Restarts = "restarts";

    /// <summary>The degree of parallelism changes in the settings file.</summary>
    public const string Reloads = "reloads";

    /// <summary>History is removed after a minute, and its size is looked at.</summary>
    public const string Retention = "retention";

    /// <summary>A second worker takes IDs from a queue, whose broker is shut down and started again.</summary>
    public const string Queue = "queue";

    public static IReadOnlyList<string> All { get; } = [Viewer, Restarts, Reloads, Retention, Queue];

    public bool Has(string what) => With.Contains(what);

    /// <exception cref="FormatException">It names something else.</exception>
    public static HashSet<string> Parse(string text)
    {
        HashSet<string> with = [.. text.Split(',')];
        return with.Except(All, StringComparer.Ordinal).FirstOrDefault() is { } unknown
            ? throw new FormatException($"--with wants some of {string.Join(",", All)}, not '{unknown}'")
            : with;
    }
}
