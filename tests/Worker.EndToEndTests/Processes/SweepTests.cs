using System.Text.Json;
using TestSupport.Processes;
using UpstreamSimulator;

namespace Worker.EndToEndTests.Processes;

/// <summary>sweep, as a user sees it.</summary>
public sealed class SweepTests(PostgresServer postgres)
{
    [Fact]
    public async Task It_measures_answers_and_leaves_nothing_behind()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(20) });
        string folder = Path.GetDirectoryName(stage.SummaryFile)!;

        ProcessResult result = await stage.RunAsync(
            $"sweep --ids 1-32 --strategies Async,ThreadPool --dop 1..8 --repeat 1 --json {folder}/sweep.json --report {folder}/sweep.html --Upstream:RequestsPerSecond=100",
            ("OTEL_EXPORTER_OTLP_ENDPOINT", null));

        Assert.True(result.ExitCode == 0, result.StandardOutput + result.StandardError);
        JsonElement[] strategies = [.. JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "sweep.json"))).RootElement.GetProperty("strategies").EnumerateArray()];
        Assert.Equal(["Async", "ThreadPool"], strategies.Select(strategy => strategy.GetProperty("strategy").GetString()));
        Assert.All(strategies, strategy =>
        {
            Assert.InRange(strategy.GetProperty("degrees").GetArrayLength(), 6, 9);
            Assert.InRange(strategy.GetProperty("suggestedDegreeOfParallelism").GetInt32(), 1, 8);
            Assert.Contains(strategy.GetProperty("answer").GetString()!, result.StandardOutput, StringComparison.Ordinal);
            Assert.Equal(100, strategy.GetProperty("ceilings")[0].GetProperty("itemsPerSecond").GetDouble());
        });
        Assert.Contains("\"curves\":[{", await File.ReadAllTextAsync(Path.Combine(folder, "sweep.html")), StringComparison.Ordinal);
        Assert.Equal("", await stage.QueryAsync<string>("SELECT coalesce(string_agg(nspname, ','), '') FROM pg_namespace WHERE nspname LIKE 'ingestion%'"));
    }

    [Theory]
    [InlineData("--strategies Sequential", "neither can be swept")]
    [InlineData("--strategies Async:4", "Async:4 has its own degree, but a sweep tries many")]
    [InlineData("--dop 1..4", "fewer than 6 degrees")]
    [InlineData("--ids 1-100 --dop 1..256", "100 IDs cannot keep 256 slots busy for long enough to measure: at least 4 a slot are needed. Take --dop 1..25, or more IDs")]
    [InlineData("--ids 1-10 --dop 1..256", "Take 1,024 IDs or more")]
    public async Task What_cannot_be_swept_is_refused_before_anything_is_measured(string arguments, string expected)
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        ProcessResult result = await stage.RunAsync("sweep " + arguments);

        Assert.Equal(64, result.ExitCode);
        Assert.Contains(expected, result.StandardError, StringComparison.Ordinal);
        Assert.Single(result.StandardError.Trim().Split('\n'));
        Assert.Equal(0, stage.Upstream.Statistics.TotalRequests);
    }
}
