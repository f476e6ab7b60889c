using System.Net.Http.Headers;
using System.Text.Json;
using UpstreamSimulator;

namespace Ingestion.Tests.Simulator;

public sealed class ApiContractTests
{
    [Fact]
    public async Task A_character_has_the_public_APIs_keys_in_its_order()
    {
        await using SimulatedApi api = await SimulatedApi.StartAsync();

        JsonElement character = await api.JsonAsync("character/7");

        Assert.Equal("id,name,status,species,type,gender,origin,location,image,episode,url,created", Keys(character));
        Assert.Equal("name,url", Keys(character.GetProperty("origin")));
        Assert.Equal("name,url", Keys(character.GetProperty("location")));
        Assert.Equal(7, character.GetProperty("id").GetInt32());
        Assert.Equal("https://rickandmortyapi.com/api/character/7", character.GetProperty("url").GetString());
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", character.GetProperty("created").GetString());
    }

    [Fact]
    public async Task A_character_is_sent_as_UTF8_JSON_of_declared_length()
    {
        await using SimulatedApi api = await SimulatedApi.StartAsync();

        using HttpResponseMessage response = await api.GetAsync("character/7");

        Assert.Equal("application/json; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal((await response.Content.ReadAsByteArrayAsync()).Length, response.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task Sizes_are_400_to_2000_bytes_and_550_on_average()
    {
        await using SimulatedApi api = await SimulatedApi.StartAsync();

        List<int> sizes = [];
        for (int id = 1; id <= 826; id++)
            sizes.Add((await api.Client.GetByteArrayAsync(new Uri($"character/{id}", UriKind.Relative))).Length);

        Assert.InRange(sizes.Min(), 400, 500);
        Assert.InRange(sizes.Max(), 1200, 2000);
        Assert.InRange(sizes.Average(), 500, 600);
    }

    [Fact]
    public async Task Some_types_are_empty_and_some_names_are_not_ASCII()
    {
        await using SimulatedApi api = await SimulatedApi.StartAsync();

        JsonElement.ArrayEnumerator characters = (await api.JsonAsync("character/" + string.Join(',', Enumerable.Range(1, 100)))).EnumerateArray();

        Assert.Contains(characters, character => character.GetProperty("type").GetString() == "");
        Assert.Contains(characters, character => character.GetProperty("type").GetString() != "");
        Assert.Contains(characters, character => character.GetProperty("name").GetString()!.Any(letter => letter > 127));
    }

    [Theory]
    [InlineData("character/1,2,3", new[] { 1, 2, 3 })]
    [InlineData("character/[1,2,3]", new[] { 1, 2, 3 })]
    [InlineData("character/3,1,2", new[] { 1, 2, 3 })]
    [InlineData("character/2,2", new[] { 2 })]
    [InlineData("character/1,99999,3", new[] { 1, 3 })]
    [InlineData("character/99998,99999", new int[0])]
    [InlineData("character/[1]", new[] { 1 })]
    public async Task Several_IDs_are_answered_with_an_array_in_ID_order_without_the_unknown(string path, int[] expected)
    {
        await using SimulatedApi api = await SimulatedApi.StartAsync();

        JsonElement array = await api.JsonAsync(path);

        Assert.Equal(expected, array.EnumerateArray().Select(character => character.GetProperty("id").GetInt32()));
    }

    [Theory]
    [InlineData("character/827", 404, """{"error":"Character not found"}""")]
    [InlineData("character/0", 404, """{"error":"Character not found"}""")]
    [InlineData("character/99999999999999", 404, """{"error":"Character not found"}""")]
    [InlineData("character/rick", 500, """{"error":"Hey! you must provide an id"}""")]
    [InlineData("character/[1,2", 500, """{"error":"Bad... bad array :/"}""")]
    [InlineData("character/[1,x]", 500, """{"error":"Bad... bad array :/"}""")]
    [InlineData("character?page=43", 404, """{"error":"There is nothing here"}""")]
    [InlineData("nonsense", 404, """{"error":"There is nothing here"}""")]
    public async Task Errors_have_the_public_APIs_status_and_body(string path, int status, string body)
    {
        await using SimulatedApi api = await SimulatedApi.StartAsync();

        Assert.Equal((status, body), await api.ReadAsync(path));
    }

    [Fact]
    public async Task The_list_comes_in_pages_of_20_that_link_to_each_other()
    {
        await using SimulatedApi api = await SimulatedApi.StartAsync();

        List<int> ids = [];
        Uri? next = new(api.Simulator.BaseAddress, "character");
        while (next is not null)
        {
            var page = JsonElement.Parse(await api.Client.GetStringAsync(next));
            JsonElement info = page.GetProperty("info");
            Assert.Equal("count,pages,next,prev", Keys(info));
            Assert.Equal((826, 42), (info.GetProperty("count").GetInt32(), info.GetProperty("pages").GetInt32()));
            Assert.Equal(ids.Count == 0, info.GetProperty("prev").ValueKind == JsonValueKind.Null);
            ids.AddRange(page.GetProperty("results").EnumerateArray().Select(character => character.GetProperty("id").GetInt32()));
            next = info.GetProperty("next").GetString() is { } url ? new Uri(url) : null;
        }

        Assert.Equal(Enumerable.Range(1, 826), ids);
    }

    [Theory]
    [InlineData("character/7")]
    [InlineData("character/1,2")]
    [InlineData("character?page=2")]
    public async Task A_known_ETag_is_answered_with_304(string path)
    {
        await using SimulatedApi api = await SimulatedApi.StartAsync();
        using HttpResponseMessage first = await api.GetAsync(path);
        EntityTagHeaderValue tag = first.Headers.ETag!;

        using var again = new HttpRequestMessage(HttpMethod.Get, path);
        again.Headers.IfNoneMatch.Add(tag);
        using HttpResponseMessage second = await api.Client.SendAsync(again);
        using var changed = new HttpRequestMessage(HttpMethod.Get, "character/8");
        changed.Headers.IfNoneMatch.Add(tag);
        using HttpResponseMessage other = await api.Client.SendAsync(changed);

        Assert.Equal(304, (int)second.StatusCode);
        Assert.Empty(await second.Content.ReadAsByteArrayAsync());
        Assert.Equal(200, (int)other.StatusCode);
    }

    [Fact]
    public async Task Ten_million_characters_are_served_on_demand()
    {
        await using SimulatedApi api = await SimulatedApi.StartAsync(new SimulatorOptions { Characters = 10_000_000 });

        JsonElement last = await api.JsonAsync("character/10000000");

        Assert.Equal(10_000_000, last.GetProperty("id").GetInt32());
        Assert.Equal(404, (await api.ReadAsync("character/10000001")).Status);
    }

    private static string Keys(JsonElement element) => string.Join(',', element.EnumerateObject().Select(property => property.Name));
}
