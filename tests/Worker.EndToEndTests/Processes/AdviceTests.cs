using System.Text.Json;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

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
        Assert.StartsWith("I/O-bound: ", summary.GetProperty("advice")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_retries_of_one_item_at_the_end_are_told_from_a_slow_source()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(10), Faults = FaultPlan.Parse("50:reset,reset,reset,reset,reset,reset") });

        JsonElement summary = await stage.IngestAsync("--ids 1-100", exitCode: 0, ("Upstream__MaxAttempts", "7"));

        Assert.Contains(summary.GetProperty("boundBy").GetString(), new[] { "retries", "upstream", "database" });
        string[] advice = [.. summary.GetProperty("advice").EnumerateArray().Select(sentence => sentence.GetString()!)];
        Assert.Matches(@"^The last [\d.]+ (s|ms) were one item's retries\.$", Assert.Single(advice, sentence => sentence.StartsWith("The last ", StringComparison.Ordinal)));
        Assert.Equal(JsonValueKind.Null, summary.GetProperty("suggestedDegreeOfParallelism").ValueKind);
    }

    [Fact]
    public async Task A_few_items_within_moments_say_nothing_about_slots()
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        JsonElement summary = await stage.IngestAsync("--ids 1-20");

        Assert.NotEqual("input", summary.GetProperty("boundBy").GetString());
        Assert.StartsWith("The run was too short to recommend a degree of parallelism (20 items in ", summary.GetProperty("advice").EnumerateArray().Last().GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(summary.GetProperty("advice").EnumerateArray(), sentence => sentence.GetString()!.Contains("slots", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Several_ids_with_a_request_are_counted_as_one_request()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(100), Characters = 2_000 });

        JsonElement summary = await stage.IngestAsync("--ids 1-2000 --dop 16", exitCode: 0, ("Upstream__IdsPerRequest", "20"), ("Upstream__RequestsPerSecond", "25"));

        Assert.Equal("rate-limit", summary.GetProperty("boundBy").GetString());
        string advice = string.Join('\n', summary.GetProperty("advice").EnumerateArray());
        Assert.StartsWith("Held back at the gate: a request holds its slot for ", advice, StringComparison.Ordinal);
        Assert.Matches(@"\n25 requests a second of [\d.]+ ms each keep [\d.]+ slots busy: \d+ are enough\.", advice);
        Assert.InRange(summary.GetProperty("suggestedDegreeOfParallelism").GetInt32(), 3, 16);
    }

    [Fact]
    public async Task A_rate_limit_is_named_as_what_the_run_is_bound_by()
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        JsonElement summary = await stage.IngestAsync("--ids 1-40 --dop 16", exitCode: 0, ("Upstream__RequestsPerSecond", "10"));

        Assert.Equal("rate-limit", summary.GetProperty("boundBy").GetString());
        Assert.StartsWith("Held back at the gate: ", summary.GetProperty("advice")[0].GetString(), StringComparison.Ordinal);
    }
}
