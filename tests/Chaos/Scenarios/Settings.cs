namespace Chaos.Scenarios;

/// <summary>Settings of the worker that scenarios share.</summary>
internal static class Settings
{
    /// <summary>For an upstream that fails often: nothing but the back-off may slow retries, and an answer that never comes costs a second.</summary>
    public static (string Name, string? Value)[] ForFaults { get; } =
        [("Upstream__AttemptTimeout", "00:00:01"), ("Upstream__MinRetriesPerSecond", "100000")];
}
