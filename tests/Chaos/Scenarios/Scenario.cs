using TestSupport.Upstream;

namespace Chaos.Scenarios;

/// <summary>One way to be cruel to the worker.</summary>
/// <param name="Name">As the command line calls it.</param>
/// <param name="Variant">What sets it apart from others of the same name.</param>
/// <param name="Keys">What is ingested.</param>
/// <param name="RunAsync">What is done, and what is checked then.</param>
internal sealed record Scenario(string Name, string? Variant, KeyKind Keys, Func<Arena, Task> RunAsync)
{
    /// <summary>All of them, in the order they run.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("kill-worker", "Async", KeyKind.Integers, arena => KillWorker.RunAsync(arena, "Async")),
        new("kill-worker", "ThreadPool", KeyKind.Integers, arena => KillWorker.RunAsync(arena, "ThreadPool")),
        .. OverBoth("kill-worker", "Pipeline", arena => KillWorker.RunAsync(arena, "Pipeline")),
        .. OverBoth("kill-postgres", null, KillPostgres.RunAsync),
        new("fail-over", null, KeyKind.Integers, FailOver.RunAsync),
        new("read-only", null, KeyKind.Integers, ReadOnly.RunAsync),
        new("full-disk", null, KeyKind.Integers, FullDisk.RunAsync),
        .. OverBoth("kill-both", null, KillBoth.RunAsync),
        .. OverBoth("drain", null, Drain.RunAsync),
        new("standby", null, KeyKind.Integers, Standby.RunAsync),
        new("clock", null, KeyKind.Integers, Clock.RunAsync),
        new("upgrade", null, KeyKind.Integers, Upgrade.RunAsync),
        new("soak", null, KeyKind.Integers, Soak.RunAsync),
    ];

    public string Title => string.Join('/', new[] { Name, Variant, Keys.Name }.OfType<string>());

    private static IEnumerable<Scenario> OverBoth(string name, string? variant, Func<Arena, Task> run) =>
        new[] { KeyKind.Integers, KeyKind.Texts }.Select(keys => new Scenario(name, variant, keys, run));
}
