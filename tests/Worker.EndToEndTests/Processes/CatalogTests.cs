using System.Text.Json;
using TestSupport.Processes;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Worker.EndToEndTests.Processes;

/// <summary>The API's list of all records, page by page.</summary>
public sealed class CatalogTests(PostgresServer postgres)
{
    private const int BadConfiguration = 78;

    [Fact]
    public async Task Every_character_of_the_pages_is_ingested_and_each_page_is_asked_for_once()
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        JsonElement summary = await stage.IngestAsync("--source Catalog");

        Assert.Equal(("catalog", 826, 826), (summary.GetProperty("source").GetString(), summary.GetProperty("requested").GetInt32(), summary.GetProperty("ingested").GetInt32()));
        Assert.Equal(826 + 42, stage.Upstream.Statistics.TotalRequests);
    }

    [Fact]
    public async Task A_page_that_repeats_ends_the_run_after_what_was_listed_and_a_later_start_goes_on()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { RepeatPage = 3 });
        ProcessResult result = await stage.RunAsync("run --source Catalog");

        Assert.Equal(BadConfiguration, result.ExitCode);
        string error = Assert.Single(result.StandardError.Split('\n'), line => line.StartsWith("configuration error: ", StringComparison.Ordinal));
        Assert.StartsWith($"configuration error: Resource:Catalog:Next leads round in a circle: {stage.Upstream.BaseAddress}character was named as the next page before", error, StringComparison.Ordinal);
        Assert.Contains("stopped before the end, 60 of 826 done; the next run goes on from there", result.StandardOutput, StringComparison.Ordinal);
        Assert.Equal("stopped 60", await stage.QueryAsync<string>("SELECT status || ' ' || ingested FROM ingestion.runs"));

        stage.Upstream.Options = new SimulatorOptions();
        JsonElement summary = await stage.IngestAsync("--source Catalog");

        Assert.Equal((826, 826), (summary.GetProperty("ingested").GetInt32(), summary.GetProperty("requested").GetInt32()));
        Assert.Equal(1, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.runs"));
    }

    [Fact]
    public async Task A_page_that_fails_for_a_while_is_asked_for_again()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { ErrorRates = FaultRates.Parse("503=0.2") });

        JsonElement summary = await stage.IngestAsync("--source Catalog --dop 32");

        Assert.Equal((826, 0), (summary.GetProperty("ingested").GetInt32(), summary.GetProperty("failed").GetInt32()));
    }
}
