namespace Chaos.Scenarios;

/// <summary>One way to be cruel to the worker.</summary>
/// <param name="Name">As the command line calls it.</param>
/// <param name="Variant">What sets it apart from others of the same name.</param>
/// <param name="RunAsync">What is done, and what is checked then.</param>
internal sealed record Scenario(string Name, string? Variant, Func<Arena, Task> RunAsync)
{
    /// <summary>All of them, in the order they run.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("kill-worker", "Async", arena => KillWorker.RunAsync(arena, "Async")),
        new("kill-worker", "ThreadPool", arena => KillWorker.RunAsync(arena, "ThreadPool")),
        new("kill-worker", "Pipeline", arena => KillWorker.RunAsync(arena, "Pipeline")),
        new("kill-postgres", null, KillPostgres.RunAsync),
        new("fail-over", null, FailOver.RunAsync),
        new("read-only", null, ReadOnly.RunAsync),
        new("kill-both", null, KillBoth.RunAsync),
        new("drain", null, Drain.RunAsync),
        new("standby", null, Standby.RunAsync),
        new("soak", null, Soak.RunAsync),
    ];

    public string Title => Variant is null ? Name : $"{Name}/{Variant}";
}
