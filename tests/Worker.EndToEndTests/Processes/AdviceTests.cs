using System.Text.Json;
using UpstreamSimulator;

namespace Worker.EndToEndTests.Processes;

/// <summary>What the summary of a real run says that it was bound by, where the work leaves no doubt.</summary>
public sealed class AdviceTests(PostgresServer postgres)
{
    [Fact]
    public async Task Slow_answers_are_named_as_what_the_run_is_bound_by()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromSeconds(1) });

        JsonElement summary = await stage.IngestAsync("--ids 1-32 --dop 8");

        Assert.Equal("upstream", summary.GetProperty("boundBy").GetString());
        Assert.StartsWith("Fetch waits ", summary.GetProperty("advice")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rate_limit_is_named_as_what_the_run_is_bound_by()
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        JsonElement summary = await stage.IngestAsync("--ids 1-40 --dop 16", exitCode: 0, ("Upstream__RequestsPerSecond", "10"));

        Assert.Equal("rate-limit", summary.GetProperty("boundBy").GetString());
        Assert.StartsWith("At the gate ", summary.GetProperty("advice")[0].GetString(), StringComparison.Ordinal);
    }
}
