using System.Text.Json;
using TestSupport.Processes;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Worker.EndToEndTests.Processes;

/// <summary>The first command for a new resource: what would be stored, and what is wrong, without storing anything.</summary>
public sealed class PreviewTests(PostgresServer postgres)
{
    private const string NoTables = "SELECT count(*) FROM pg_namespace WHERE nspname NOT LIKE 'pg%' AND nspname NOT IN ('public', 'information_schema')";

    [Fact]
    public async Task Items_are_shown_with_their_columns_and_nothing_is_stored()
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        ProcessResult result = await stage.RunAsync("preview --ids 1,7");

        Assert.True(result.ExitCode == 0, result.StandardOutput + result.StandardError);
        Assert.Contains("character 1: fine", result.StandardOutput, StringComparison.Ordinal);
        Assert.Contains($"  GET {stage.Upstream.BaseAddress}character/7\n  HTTP 200, ", result.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("\n    \"id\": 7,\n", result.StandardOutput, StringComparison.Ordinal);
        Assert.Matches(@"\n  created +timestamptz +20\d\d-", result.StandardOutput);
        Assert.Matches(@"\n  episode_ids +integer\[\] +\{[0-9,]*\}", result.StandardOutput);
        Assert.Equal(0, await stage.QueryAsync<long>(NoTables));
        Assert.Equal(2, stage.Upstream.Statistics.TotalRequests);
    }

    [Fact]
    public async Task What_is_shown_is_what_a_run_stores()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        await stage.IngestAsync("--ids 1-3");

        JsonElement[] items = await PreviewAsync(stage, "--ids 1-3", exitCode: 0);

        foreach (JsonElement item in items)
        {
            foreach (JsonElement column in item.GetProperty("columns").EnumerateArray())
            {
                Assert.Equal(
                    await stage.QueryAsync<string>($"SELECT coalesce({column.GetProperty("name")}::text, 'none') FROM ingestion.characters WHERE id = {item.GetProperty("id")}"),
                    column.GetProperty("value").GetString() ?? "none");
            }

            Assert.True(await stage.QueryAsync<bool>($"SELECT raw = $json${item.GetProperty("record").GetRawText()}$json$ FROM ingestion.characters WHERE id = {item.GetProperty("id")}"));
        }

        Assert.Equal(13, items[2].GetProperty("columns").GetArrayLength());
        Assert.Equal(3, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes"));
    }

    [Fact]
    public async Task All_that_is_wrong_with_a_new_resource_is_told_at_once()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        string resource = stage.WriteFile("episodes.json", """
            {
              "Resource": {
                "Name": "episodes", "Item": "episode", "Path": "episode/{id}", "Id": "/number", "Required": { "/title": "string", "/name": "number", "/url": "string" },
                "Columns": { "aired": "date /air_date", "cast": "integer[] = raw->'characters'", "name": "text /name" }
              },
              "Storage": { "Schema": "episodes" }
            }
            """);

        ProcessResult result = await stage.RunAsync($"preview --resource {resource} --ids 5");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("episode 5: not fine", result.StandardOutput, StringComparison.Ordinal);
        foreach (string problem in (string[])["'number' is missing", "'title' is missing", "'name' is a string, not a number", "column aired is refused", "column cast is refused"])
            Assert.Contains($"\n  not fine: {problem}\n", result.StandardOutput, StringComparison.Ordinal);
        Assert.Matches("\n  aired +date +refused: not an ISO 8601 time: ", result.StandardOutput);
        Assert.Contains("\n    \"id\": 5,\n", result.StandardOutput, StringComparison.Ordinal);
        Assert.Equal(0, await stage.QueryAsync<long>(NoTables));
    }

    [Fact]
    public async Task Text_IDs_are_named_one_by_one_and_credentials_are_not_shown()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        string parts = stage.WriteFile("parts.json", Stage.Parts);
        (string, string?)[] access = [("Upstream__Headers__Authorization", "Bearer open-sesame"), ("Upstream__Query__api_key", "tell-nobody")];

        ProcessResult result = await stage.RunAsync($"preview --resource {parts} --id AX-0005/b --id AX-0008?e", access);
        ProcessResult ranges = await stage.RunAsync($"preview --resource {parts} --ids 1-3", access);
        ProcessResult refused = await stage.RunAsync($"preview --resource {parts} --id AX-0005/b");

        Assert.True(result.ExitCode == 0, result.StandardOutput + result.StandardError);
        Assert.Contains($"GET {stage.Upstream.BaseAddress}parts/AX-0005%2Fb?api_key=***, Authorization: ***\n", result.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("part AX-0008?e: fine", result.StandardOutput, StringComparison.Ordinal);
        Assert.DoesNotContain("open-sesame", result.StandardOutput + result.StandardError, StringComparison.Ordinal);
        Assert.DoesNotContain("tell-nobody", result.StandardOutput + result.StandardError, StringComparison.Ordinal);
        Assert.Equal((64, "ingestion-worker: --ids is for integers, but the ID of a part is text; name it with --id KEY, once for each; see ingestion-worker preview --help"), (ranges.ExitCode, ranges.StandardError.Trim()));
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("not fine: HTTP 401. The API wants credentials that are valid: check those that are sent", refused.StandardOutput, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "ConnectionStrings:Postgres is missing, and so is DATABASE_URL")]
    [InlineData("Host=127.0.0.1;Port=1;Username=nobody", "connection refused")]
    [InlineData("Host=127.0.0.1;Prot=1", "has a keyword that Npgsql does not know")]
    public async Task Without_a_database_all_but_the_columns_is_shown(string connectionString, string why)
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        ProcessResult result = await stage.RunAsync("preview --ids 7", ("ConnectionStrings__Postgres", connectionString));

        Assert.True(result.ExitCode == 0, result.StandardOutput + result.StandardError);
        Assert.Contains("\n    \"id\": 7,\n", result.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("\n  columns are not shown: ", result.StandardOutput, StringComparison.Ordinal);
        Assert.Contains(why, result.StandardOutput, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task What_is_not_there_or_is_no_record_is_not_fine_and_an_upstream_that_is_away_is_not_available()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Faults = FaultPlan.Parse("3:*html;4:*500") });

        JsonElement[] items = await PreviewAsync(stage, "--ids 2-4,9999", exitCode: 2);
        ProcessResult away = await stage.RunAsync("preview --ids 1-2 --upstream http://127.0.0.1:1/");

        Assert.Equal([true, false, false, false], items.Select(item => item.GetProperty("isFine").GetBoolean()));
        Assert.Contains("the answer begins with ", items[1].GetProperty("problems")[1].GetString(), StringComparison.Ordinal);
        Assert.Equal("HTTP 500 (a run would try again)", items[2].GetProperty("problems")[0].GetString());
        Assert.Equal(404, items[3].GetProperty("status").GetInt32());
        Assert.Contains("there is none with this ID", items[3].GetProperty("problems")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal(69, away.ExitCode);
        Assert.Contains("connection refused (127.0.0.1:1)", away.StandardOutput, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("preview", 64, "no ID is named; name some with --ids, such as --ids 1,7; see ingestion-worker preview --help")]
    [InlineData("preview --ids 1-100", 64, "more than 20 IDs are named; a preview is for a few; see ingestion-worker preview --help")]
    [InlineData("preview --id seven", 64, "--id: 'seven' at position 1 is neither an ID nor a range")]
    [InlineData("preview --ids 1 --Resource:Path=character", 78, "configuration error: Resource:Path is 'character', but must be a path")]
    [InlineData("preview --ids 1 --resource /no/such/file.json", 78, "configuration error: Resource:File is '/no/such/file.json', which is not a file that exists")]
    public async Task A_mistake_is_one_line(string line, int exitCode, string message)
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        ProcessResult result = await stage.RunAsync(line);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(message, result.StandardError, StringComparison.Ordinal);
        Assert.Single(result.StandardError.Trim().Split('\n'));
    }

    private static async Task<JsonElement[]> PreviewAsync(Stage stage, string arguments, int exitCode)
    {
        ProcessResult result = await stage.RunAsync("preview --json " + arguments);
        Assert.True(result.ExitCode == exitCode, $"exit code {result.ExitCode}\n{result.StandardOutput}\n{result.StandardError}");
        return [.. JsonDocument.Parse(result.StandardOutput).RootElement.GetProperty("items").EnumerateArray()];
    }
}
