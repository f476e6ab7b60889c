using System.Text.Json;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Ingestion.Tests.Simulator;

/// <summary>What the simulator serves beside characters: records of other shapes, and other ways to ask for them.</summary>
public sealed class OtherCollectionsTests
{
    [Theory]
    [InlineData("location/3", "id,name,type,dimension,residents,url,created", "residents")]
    [InlineData("episode/3", "id,name,air_date,episode,characters,url,created", "characters")]
    public async Task A_location_and_an_episode_have_the_public_APIs_keys_in_its_order(string path, string keys, string list)
    {
        await using SimulatedApi api = await SimulatedApi.StartAsync();

        JsonElement record = await api.JsonAsync(path);

        Assert.Equal(keys, string.Join(',', record.EnumerateObject().Select(property => property.Name)));
        Assert.Equal($"https://rickandmortyapi.com/api/{path}", record.GetProperty("url").GetString());
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", record.GetProperty("created").GetString());
        Assert.All(record.GetProperty(list).EnumerateArray(), url => Assert.StartsWith("https://rickandmortyapi.com/api/character/", url.GetString()));
    }

    [Fact]
    public async Task Episodes_are_numbered_by_season_and_aired_week_by_week()
    {
        await using SimulatedApi api = await SimulatedApi.StartAsync();

        Assert.Equal(
            [("S01E01", "December 2, 2013"), ("S01E11", "February 10, 2014"), ("S02E01", "February 17, 2014")],
            (await api.JsonAsync("episode/1,11,12")).EnumerateArray().Select(episode => (episode.GetProperty("episode").GetString(), episode.GetProperty("air_date").GetString())));
    }

    [Theory]
    [InlineData("location", 126)]
    [InlineData("episode", 51)]
    public async Task Locations_and_episodes_come_alone_several_at_once_and_in_pages(string name, int count)
    {
        await using SimulatedApi api = await SimulatedApi.StartAsync();

        Assert.Equal([1, 3], Ids(await api.JsonAsync($"{name}/3,1,999")));
        Assert.Equal(Enumerable.Range(21, 20), Ids((await api.JsonAsync($"{name}?page=2")).GetProperty("results")));
        Assert.Equal(count, (await api.JsonAsync(name)).GetProperty("info").GetProperty("count").GetInt32());
        Assert.Equal(count, (await api.JsonAsync($"{name}/{count}")).GetProperty("id").GetInt32());
        Assert.Equal((404, $$"""{"error":"{{char.ToUpperInvariant(name[0])}}{{name[1..]}} not found"}"""), await api.ReadAsync($"{name}/{count + 1}"));
    }

    [Fact]
    public async Task A_record_follows_from_the_seed_and_from_being_revised()
    {
        foreach (string path in (string[])["location/7", "episode/7", "orders/7000000007"])
        {
            string one = await BodyAsync(path, new SimulatorOptions());

            Assert.Equal(one, await BodyAsync(path, new SimulatorOptions { Characters = 50 }));
            Assert.NotEqual(one, await BodyAsync(path, new SimulatorOptions { Seed = 2, Characters = 50 }));
            Assert.Contains("(revised)", await BodyAsync(path, new SimulatorOptions { Revised = IdRanges.Parse("7") }), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("AX-0005/b")]
    [InlineData("AX-0001 c")]
    [InlineData("AX-0002%d")]
    [InlineData("AX-0003?e")]
    [InlineData("AX-0004+é")]
    public async Task A_part_has_a_text_key_that_must_be_percent_encoded(string sku)
    {
        await using SimulatedApi api = await StartWithTokenAsync("open-sesame");

        JsonElement part = await api.JsonAsync($"parts/{Uri.EscapeDataString(sku)}");

        Assert.Equal(sku, part.GetProperty("sku").GetString());
        Assert.Equal(JsonValueKind.Number, part.GetProperty("price").GetProperty("amount").ValueKind);
    }

    [Theory]
    [InlineData("parts/AX-0005/b")]
    [InlineData("parts/AX-0005")]
    [InlineData("parts/AX-0827%25d")]
    [InlineData("parts/5")]
    [InlineData("parts/A")]
    public async Task Another_key_than_that_of_a_part_is_unknown(string path)
    {
        await using SimulatedApi api = await StartWithTokenAsync("open-sesame");

        Assert.Equal((404, """{"error":"Part not found"}"""), await api.ReadAsync(path));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("open-barley")]
    [InlineData("issued-9")]
    [InlineData("issued-x")]
    public async Task A_part_without_the_right_token_is_refused_with_401(string? token)
    {
        await using SimulatedApi api = await StartWithTokenAsync(token);

        using HttpResponseMessage response = await api.GetAsync("parts/AX-0005%2Fb");

        Assert.Equal((401, "Bearer"), ((int)response.StatusCode, response.Headers.WwwAuthenticate.ToString()));
        Assert.Equal(0, api.Simulator.Statistics.Requests(5));
    }

    [Fact]
    public async Task An_order_comes_in_an_envelope_with_its_number_as_text()
    {
        await using SimulatedApi api = await SimulatedApi.StartAsync();

        JsonElement[] answers = [await api.JsonAsync("orders/7000000005"), await api.JsonAsync("orders/7000000005")];

        Assert.Equal("7000000005", answers[0].GetProperty("data").GetProperty("id").GetString());
        Assert.Equal(answers[0].GetProperty("data").GetRawText(), answers[1].GetProperty("data").GetRawText());
        Assert.NotEqual(answers[0].GetProperty("meta").GetRawText(), answers[1].GetProperty("meta").GetRawText());
        Assert.Equal((404, ""), await api.ReadAsync("orders/7000000827"));
        Assert.Equal((404, ""), await api.ReadAsync("orders/5"));
    }

    [Fact]
    public async Task Pages_of_things_lead_to_every_thing_there_is_and_to_no_other()
    {
        await using SimulatedApi api = await SimulatedApi.StartAsync(new SimulatorOptions { Characters = 130 });

        List<List<int>> pages = [];
        for (Uri? next = new(api.Simulator.BaseAddress, "things"); next is not null;)
        {
            var page = JsonElement.Parse(await api.Client.GetStringAsync(next));
            pages.Add([.. page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("ref").GetProperty("id").GetInt32())]);
            next = page.GetProperty("links").TryGetProperty("next", out JsonElement link) ? new Uri(next, link.GetString()!) : null;
        }

        List<int> found = [];
        for (int id = 1; id <= 131; id++)
        {
            (int status, string body) = await api.ReadAsync($"things/{id}");
            if (status == 200)
                found.Add(JsonElement.Parse(body).GetProperty("ref").GetProperty("id").GetInt32());
            else
                Assert.Equal((404, """{"error":"Thing not found"}"""), (status, body));
        }

        Assert.Equal(found, pages.SelectMany(ids => ids));
        Assert.InRange(found.Count, 50, 90);
        Assert.Equal([false, false, true, false, false, false, false], pages.Select(ids => ids.Count == 0));
    }

    [Fact]
    public async Task A_page_repeats_when_asked_to()
    {
        await using SimulatedApi api = await SimulatedApi.StartAsync(new SimulatorOptions { RepeatPage = 2 });

        Assert.Equal("/api/things?page=2", (await api.JsonAsync("things")).GetProperty("links").GetProperty("next").GetString());
        Assert.Equal("/api/things?page=2", (await api.JsonAsync("things?page=2")).GetProperty("links").GetProperty("next").GetString());
        Assert.EndsWith("/api/character?page=2", (await api.JsonAsync("character?page=2")).GetProperty("info").GetProperty("next").GetString());
    }

    [Fact]
    public async Task Faults_strike_and_requests_count_by_number_whatever_the_collection()
    {
        await using SimulatedApi api = await StartWithTokenAsync("open-sesame");
        api.Simulator.Options = new SimulatorOptions { Faults = FaultPlan.Parse("5:500;6:wrong-id;7:missing-field;8:nul;9:*nul-everywhere") };

        Assert.Equal(500, (await api.ReadAsync("parts/AX-0005%2Fb")).Status);
        Assert.Equal("AX-0007%d", (await api.JsonAsync("parts/AX-0006%20c")).GetProperty("sku").GetString());
        JsonElement order = (await api.JsonAsync("orders/7000000007")).GetProperty("data");
        Assert.Equal("id,lines,total,placed", string.Join(',', order.EnumerateObject().Select(property => property.Name)));
        Assert.Contains("\0", (await api.JsonAsync("location/8")).GetProperty("name").GetString(), StringComparison.Ordinal);
        Assert.Contains("\0", (await api.JsonAsync("orders/7000000009")).GetProperty("data").GetProperty("customer").GetProperty("name").GetString(), StringComparison.Ordinal);
        Assert.Equal([1, 1, 1, 1, 1], Enumerable.Range(5, 5).Select(api.Simulator.Statistics.Requests));
        Assert.Equal([0, 0, 0, 1, 0], Enumerable.Range(5, 5).Select(api.Simulator.Statistics.Successes));
    }

    [Fact]
    public async Task The_root_lists_what_there_is()
    {
        await using SimulatedApi api = await SimulatedApi.StartAsync();

        JsonElement root = await api.JsonAsync("");

        Assert.Equal("characters,locations,episodes,parts,orders,things", string.Join(',', root.EnumerateObject().Select(property => property.Name)));
        Assert.Equal(new Uri(api.Simulator.BaseAddress, "location").AbsoluteUri, root.GetProperty("locations").GetString());
    }

    private static IEnumerable<int> Ids(JsonElement records) => records.EnumerateArray().Select(record => record.GetProperty("id").GetInt32());

    private static async Task<string> BodyAsync(string path, SimulatorOptions options)
    {
        await using SimulatedApi api = await SimulatedApi.StartAsync(options);
        return (await api.ReadAsync(path)).Body;
    }

    private static async Task<SimulatedApi> StartWithTokenAsync(string? token)
    {
        SimulatedApi api = await SimulatedApi.StartAsync();
        if (token is not null)
            api.Client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return api;
    }
}
