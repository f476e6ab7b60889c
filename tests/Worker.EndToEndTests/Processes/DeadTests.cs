using System.Text.Json;
using TestSupport.Processes;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Worker.EndToEndTests.Processes;

/// <summary><c>dead</c> shows what failed, one by one, and resolves what nobody wants.</summary>
public sealed class DeadTests(PostgresServer postgres)
{
    private const string Unresolved = "SELECT coalesce(string_agg(item_id::text, ',' ORDER BY item_id), '') FROM ingestion.outcomes WHERE outcome = 'Failed' AND resolved_at IS NULL";

    [Fact]
    public async Task Dead_letters_are_listed_shown_and_discarded()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Faults = FaultPlan.Parse("3-5:*400;9:*wrong-id") });
        JsonElement run = await stage.IngestAsync("--ids 1-12", exitCode: 2);
        await stage.IngestAsync("--ids 5,9", exitCode: 2);

        JsonElement status = await ReadAsync(stage, "status --json");
        JsonElement list = await ReadAsync(stage, "dead --json");
        Assert.Equal(JsonSerializer.Serialize(status.GetProperty("unresolved")), JsonSerializer.Serialize(list));
        Assert.Equal(4, list.GetProperty("count").GetInt32());

        JsonElement shown = await ReadAsync(stage, "dead --reason http --limit 2 --json");
        Assert.Equal(3, shown.GetProperty("count").GetInt32());
        Assert.Equal(["3 1 HTTP 400", "4 1 HTTP 400"], shown.GetProperty("items").EnumerateArray().Select(item => $"{item.GetProperty("id")} {item.GetProperty("attempts")} {item.GetProperty("reason")}"));
        Assert.Equal(run.GetProperty("runId").GetString(), shown.GetProperty("items")[0].GetProperty("runId").GetString());
        ProcessResult one = await stage.RunAsync("dead --id 9");
        string[] lines = one.StandardOutput.Trim().Split('\n');
        Assert.Contains("the record has id", lines[0], StringComparison.Ordinal);
        Assert.Equal("  HTTP 200", lines[1]);
        Assert.Contains("  Content-Type: application/json; charset=utf-8", lines);
        Assert.StartsWith("  {\"id\":", lines[^1], StringComparison.Ordinal);
        JsonElement answer = shown.GetProperty("items")[0].GetProperty("answer");
        Assert.Equal(400, answer.GetProperty("status").GetInt32());
        Assert.True(answer.GetProperty("headers").TryGetProperty("Date", out _));
        Assert.NotEqual("", answer.GetProperty("body").GetString());

        Assert.Equal(1, (await ReadAsync(stage, "dead discard --id 5 --note withdrawn --json")).GetProperty("discarded").GetInt32());
        Assert.Equal("3,4,9,9", await stage.QueryAsync<string>(Unresolved));
        Assert.Equal(2, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.item_outcomes WHERE item_id = 5 AND note = 'withdrawn' AND resolved_at IS NOT NULL AND resolved_by IS NULL"));
        Assert.Equal(0, (await stage.RunAsync("redrive --ids 5")).ExitCode);
        Assert.Equal(3, (await ReadAsync(stage, "dead --json")).GetProperty("count").GetInt32());

        ProcessResult rest = await stage.RunAsync("dead discard --reason HTTP --note gone");
        Assert.Equal((0, "discarded 2 items"), (rest.ExitCode, rest.StandardOutput.Trim()));
        Assert.Equal("9,9", await stage.QueryAsync<string>(Unresolved));
        Assert.Equal("there are no such dead letters", (await stage.RunAsync("dead --id 5")).StandardOutput.Trim());

        await stage.IngestAsync("--ids 5,6", exitCode: 2);
        Assert.Equal("5,9,9", await stage.QueryAsync<string>(Unresolved));
    }

    [Theory]
    [InlineData("dead discard --note x", "nothing is chosen to be discarded; name it with --reason or --id; see ingestion-worker dead discard --help")]
    [InlineData("dead discard --id 7", "--note has no value: Why they are discarded, for those who look at them later; see ingestion-worker dead discard --help")]
    [InlineData("dead discard --id 7 --limit 2", "'--limit' is not an option of dead discard; see ingestion-worker dead discard --help")]
    [InlineData("dead --id x", "--id: 'x' at position 1")]
    public async Task What_is_not_said_in_full_changes_nothing(string arguments, string expected)
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        ProcessResult result = await stage.RunAsync(arguments);

        Assert.Equal(64, result.ExitCode);
        Assert.Contains(expected, result.StandardError, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> ReadAsync(Stage stage, string arguments)
    {
        ProcessResult result = await stage.RunAsync(arguments);
        Assert.True(result.ExitCode == 0, result.StandardError);
        return JsonDocument.Parse(result.StandardOutput).RootElement;
    }
}
