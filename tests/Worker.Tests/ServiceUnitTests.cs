using System.Globalization;
using Ingestion.Runs;
using Worker.Commands;

namespace Worker.Tests;

/// <summary>The unit for systemd stops and starts the worker as the worker is made to be.</summary>
public sealed class ServiceUnitTests
{
    private static readonly ILookup<string, string> Unit = Repository.Read("deploy/systemd/ingestion-worker.service").Split('\n')
        .Select(line => line.Split('=', 2)).Where(parts => parts.Length == 2 && !parts[0].StartsWith('#')).ToLookup(parts => parts[0], parts => parts[1]);

    [Fact]
    public void Systemd_waits_as_long_as_the_worker_may_take_to_stop()
    {
        Assert.Equal("SIGTERM", Assert.Single(Unit["KillSignal"]));
        Assert.Equal(new IngestionOptions().ShutdownTimeout + TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(int.Parse(Assert.Single(Unit["TimeoutStopSec"]), CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void Systemd_starts_it_again_unless_a_person_is_needed()
    {
        Assert.Equal("on-failure", Assert.Single(Unit["Restart"]));
        Assert.Equal($"{ExitCodes.SomeItemsFailed} {ExitCodes.BadCommandLine} {ExitCodes.BadConfiguration}", Assert.Single(Unit["RestartPreventExitStatus"]));
    }

    [Fact]
    public void It_has_no_rights() => Assert.All(
        new[] { ("DynamicUser", "yes"), ("NoNewPrivileges", "yes"), ("CapabilityBoundingSet", ""), ("ProtectSystem", "strict"), ("MemoryDenyWriteExecute", "yes") },
        setting => Assert.Equal(setting.Item2, Assert.Single(Unit[setting.Item1])));
}
