using System.Text.Json;
using UpstreamSimulator;

namespace Worker.EndToEndTests.Processes;

/// <summary>The resources under <c>examples/</c> are ingested as they stand, without a line of C#.</summary>
public sealed class ExampleRunTests(PostgresServer postgres)
{
    [Theory]
    [InlineData("Async", 1)]
    [InlineData("Pipeline", 20)]
    public async Task Locations_are_ingested_with_the_columns_of_their_file(string strategy, int idsPerRequest)
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(1) });
        string run = $"--resource {Repository.PathOf("examples/locations/resource.json")} --strategy {strategy} --dop 8";

        JsonElement first = await stage.IngestAsync(run, exitCode: 0, ("Upstream__IdsPerRequest", $"{idsPerRequest}"));
        JsonElement second = await stage.IngestAsync(run, exitCode: 0, ("Upstream__IdsPerRequest", $"{idsPerRequest}"));

        Assert.Equal((126, 126), (first.GetProperty("ingested").GetInt32(), second.GetProperty("unchanged").GetInt32()));
        Assert.Equal(126, await stage.QueryAsync<long>(
            "SELECT count(*) FROM locations.locations WHERE name = raw->>'name' AND cardinality(resident_ids) = jsonb_array_length(raw->'residents') AND created IS NOT NULL"));
    }

    [Fact]
    public async Task Orders_are_found_in_their_envelope_and_the_last_four_are_not_there()
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        JsonElement summary = await stage.IngestAsync($"--resource {Repository.PathOf("examples/orders/resource.json")}");

        Assert.Equal((826, 4, 0), (summary.GetProperty("ingested").GetInt32(), summary.GetProperty("notFound").GetInt32(), summary.GetProperty("failed").GetInt32()));
        Assert.Equal(826, await stage.QueryAsync<long>("SELECT count(*) FROM orders.orders WHERE id > 7000000000 AND total > 0 AND lines = jsonb_array_length(raw->'lines') AND NOT raw ? 'data'"));
        Assert.Equal(4, await stage.QueryAsync<long>("SELECT count(*) FROM orders.outcomes WHERE outcome = 'NotFound' AND item_id > 7000000826"));
    }

    [Fact]
    public async Task Parts_are_asked_for_by_the_text_keys_of_a_file_with_a_token()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        string run = $"--resource {Repository.PathOf("examples/parts/resource.json")} --ids-file {Repository.PathOf("examples/parts/skus.txt")}";

        JsonElement summary = await stage.IngestAsync(run, exitCode: 0, ("Upstream__Headers__Authorization", "Bearer open-sesame"));
        JsonElement again = await stage.IngestAsync(run, exitCode: 0, ("Upstream__Headers__Authorization", "Bearer open-sesame"));

        Assert.Equal((8, 1, 0), (summary.GetProperty("ingested").GetInt32(), summary.GetProperty("notFound").GetInt32(), summary.GetProperty("failed").GetInt32()));
        Assert.Equal((8, 1), (again.GetProperty("unchanged").GetInt32(), again.GetProperty("notFound").GetInt32()));
        Assert.Equal(8, await stage.QueryAsync<long>("SELECT count(*) FROM parts.parts WHERE id = raw->>'sku' AND price > 0 AND currency = 'EUR' AND updated IS NOT NULL"));
        Assert.Equal("AX-9999+é", await stage.QueryAsync<string>("SELECT DISTINCT item_id FROM parts.outcomes WHERE outcome = 'NotFound'"));
    }

    [Fact]
    public async Task Episodes_are_those_of_the_characters_in_the_database()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        string run = $"--resource {Repository.PathOf("examples/episodes/resource.json")}";
        Assert.Contains("relation \"ingestion.characters\" does not exist", (await stage.RunAsync($"run {run}")).StandardError, StringComparison.Ordinal);
        await stage.IngestAsync("--ids 1-40");

        JsonElement summary = await stage.IngestAsync(run);
        await stage.IngestAsync("--ids 1-826");
        JsonElement later = await stage.IngestAsync(run, exitCode: 0, ("Upstream__IdsPerRequest", "20"));

        Assert.Equal("query:SELECT DISTINCT unnest(episode_ids) FROM ingestion.characters", summary.GetProperty("source").GetString());
        Assert.Equal((50, 0), (later.GetProperty("requested").GetInt32(), later.GetProperty("failed").GetInt32()));
        Assert.InRange(summary.GetProperty("ingested").GetInt32(), 1, 49);
        Assert.Equal(50 - summary.GetProperty("ingested").GetInt32(), later.GetProperty("ingested").GetInt32());
        Assert.True(await stage.QueryAsync<bool>("SELECT array_agg(id ORDER BY id) = (SELECT array_agg(DISTINCT episode::bigint ORDER BY episode::bigint) FROM ingestion.characters, unnest(episode_ids) AS episode) FROM episodes.episodes WHERE name = raw->>'name'"));
    }

    [Fact]
    public async Task Things_are_those_on_the_pages_with_all_their_gaps()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        string run = $"--resource {Repository.PathOf("examples/things/resource.json")}";

        JsonElement first = await stage.IngestAsync(run);
        JsonElement second = await stage.IngestAsync(run);

        int things = first.GetProperty("ingested").GetInt32();
        Assert.InRange(things, 400, 650);
        Assert.Equal((things, 0, 0), (first.GetProperty("requested").GetInt32(), first.GetProperty("notFound").GetInt32(), first.GetProperty("failed").GetInt32()));
        Assert.Equal(things, second.GetProperty("unchanged").GetInt32());
        Assert.Equal(things, await stage.QueryAsync<long>("SELECT count(*) FROM things.things WHERE id = (raw->'ref'->>'id')::bigint AND id NOT BETWEEN 41 AND 60 AND made IS NOT NULL"));
    }
}
