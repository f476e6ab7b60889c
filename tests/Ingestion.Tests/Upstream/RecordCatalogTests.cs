using Ingestion.Configuration;
using Ingestion.Items;
using Ingestion.Records;
using Ingestion.Upstream;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using static Ingestion.Tests.Upstream.ScriptedServer;

namespace Ingestion.Tests.Upstream;

public sealed class RecordCatalogTests
{
    private const string Page = """{"info":{"count":826,"next":null},"results":[{"id":1},{"id":"7"}]}""";

    private static readonly (string Key, string Value)[] Things =
    [
        ("Resource:Path", "things/{id}"), ("Resource:ListPath", ""), ("Resource:Catalog:Path", "things?limit=2"), ("Resource:Catalog:Ids", "/items/*/ref/id"), ("Resource:Catalog:Next", "/links/next"), ("Resource:Catalog:Count", ""),
    ];

    [Fact]
    public async Task A_page_has_ids_as_numbers_or_text_a_count_and_a_next_page()
    {
        await using ScriptedServer server = Answering(Answer(200, Page));

        CatalogPage page = await FetchAsync(server.BaseAddress);

        Assert.Equal([1, 7], page.Keys);
        Assert.Equal((826L, null), (page.Count, page.Next));
        Assert.StartsWith("GET /api/character HTTP/1.1", Assert.Single(server.Requests), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://me:secret@127.0.0.1/api/things?page=2", null)]
    [InlineData("http://127.0.0.1:PORT/other?page=2#x", "/other?page=2")]
    [InlineData("http://127.0.0.1:PORT/api/things?cursor=a%2Fb%3D", "/api/things?cursor=a%2Fb%3D")]
    [InlineData("/api/things?page=2", "/api/things?page=2")]
    [InlineData("?page=2", "/api/things?page=2")]
    [InlineData("things/page/2", "/api/things/page/2")]
    [InlineData("2", "/api/2")]
    [InlineData("//elsewhere.test/api/things?page=2", null)]
    [InlineData("http://127.0.0.1.elsewhere.test/", null)]
    [InlineData("file:///etc/passwd", null)]
    [InlineData("javascript:alert(1)", null)]
    public async Task A_link_is_absolute_or_relative_to_its_page_and_never_leads_to_another_server(string link, string? expected)
    {
        await using ScriptedServer own = new(async (_, stream, token) =>
        {
            await stream.WriteAsync(System.Text.Encoding.Latin1.GetBytes(Answer(200, $$$"""{"items":[],"links":{"next":"{{{link.Replace("PORT", $"{((System.Net.IPEndPoint)stream.Socket.LocalEndPoint!).Port}", StringComparison.Ordinal)}}}"}}""")), token);
            return true;
        });
        Resource resource = Resources.With(Things);

        if (expected is not null)
        {
            Assert.Equal(expected, (await FetchAsync(own.BaseAddress, resource)).Next?.PathAndQuery);
            return;
        }

        IngestionConfigurationException refusal = await Assert.ThrowsAsync<IngestionConfigurationException>(() => FetchAsync(own.BaseAddress, resource));
        Assert.StartsWith($"Resource:Catalog cannot be read: {own.BaseAddress}things names ", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
        Assert.Single(own.Requests);
    }

    [Theory]
    [InlineData("2", "/api/things?limit=2&page=2")]
    [InlineData("\"a/b=&c\"", "/api/things?limit=2&page=a%2Fb%3D%26c")]
    [InlineData("\"\"", null)]
    [InlineData("null", null)]
    [InlineData("false", null)]
    public async Task A_number_or_a_token_takes_its_place_in_the_path(string next, string? expected)
    {
        await using ScriptedServer server = Answering(Answer(200, $$$"""{"items":[],"links":{"next":{{{next}}}}}"""));

        CatalogPage page = await FetchAsync(server.BaseAddress, Resources.With([.. Things.Where(pair => pair.Key != "Resource:Catalog:Path"), ("Resource:Catalog:Path", "things?limit=2&page={next}")]));

        Assert.Equal(expected, page.Next?.PathAndQuery);
        Assert.StartsWith("GET /api/things?limit=2 HTTP/1.1", Assert.Single(server.Requests), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"items":[{"ref":{"id":3}},{"ref":{"id":"4"}}],"links":{}}""", "3,4")]
    [InlineData("""{"items":[]}""", "")]
    [InlineData("""{"items":null}""", "")]
    public async Task A_page_without_a_next_one_is_the_last(string body, string ids)
    {
        await using ScriptedServer server = Answering(Answer(200, body));

        CatalogPage page = await FetchAsync(server.BaseAddress, Resources.With(Things));

        Assert.Equal((ids, null, null), (string.Join(',', page.Keys), page.Next, page.Count));
    }

    [Fact]
    public async Task Text_keys_stand_there_as_text_or_as_numbers()
    {
        await using ScriptedServer server = Answering(Answer(200, """{"data":[{"skus":["a/b",7]},{"skus":[]},{"skus":["007"]}]}"""));

        CatalogPage page = await FetchAsync(server.BaseAddress, Resources.With([.. Things.Where(pair => pair.Key != "Resource:Catalog:Ids"), ("Resource:IdType", "Text"), ("Resource:Catalog:Ids", "/data/*/skus/*")]));

        Assert.Equal(["a/b", "7", "007"], page.Keys.Select(key => key.Text));
    }

    [Fact]
    public async Task A_page_is_asked_for_with_the_credentials_and_its_own_query()
    {
        await using ScriptedServer server = Answering(Answer(200, """{"items":[]}"""));
        var options = new UpstreamOptions { BaseAddress = server.BaseAddress, Query = { ["api key"] = "s&t" }, Headers = { ["X-Key"] = "k" } };

        await FetchAsync(options, Resources.With(Things), new Uri($"{server.BaseAddress}things?page=2&api%20key=old&x=1"));

        Assert.StartsWith("GET /api/things?page=2&x=1&api%20key=s%26t HTTP/1.1", Assert.Single(server.Requests), StringComparison.Ordinal);
        Assert.Contains("X-Key: k", server.Requests.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_the_upstream_is_unavailable_it_is_asked_again()
    {
        await using ScriptedServer server = Answering(Answer(503, ""), Answer(500, ""), Answer(429, "", "Retry-After: 0"), Answer(200, Page));

        Assert.Equal(826, (await FetchAsync(server.BaseAddress)).Count);
        Assert.Equal(4, server.Requests.Count);
    }

    [Fact]
    public async Task A_later_page_that_fails_alone_again_and_again_ends_the_run_and_not_for_good()
    {
        await using ScriptedServer server = Answering(Answer(500, ""));
        using var gate = new GateFixture();
        using UpstreamClient client = Fetching.Client(server.BaseAddress);
        var catalog = new RecordCatalog(client, Resources.Character, gate.Gate, Options.Create(new UpstreamOptions { BaseAddress = server.BaseAddress }), gate.Clock, NullLogger<RecordCatalog>.Instance);

        Task<CatalogPage> fetching = catalog.FetchAsync(new Uri($"{server.BaseAddress}character?page=7&token=secret"), CancellationToken.None);
        while (!fetching.IsCompleted)
        {
            // Records are answered.
            gate.Gate.ReportSuccess(await gate.Gate.EnterAsync(CancellationToken.None));
            gate.Clock.Advance(TimeSpan.FromSeconds(1));
            SpinWait.SpinUntil(() => fetching.IsCompleted || gate.Clock.PendingTimers > 0, TimeSpan.FromSeconds(1));
        }

        IngestionUnavailableException problem = await Assert.ThrowsAsync<IngestionUnavailableException>(() => fetching);
        Assert.Equal($"the page {server.BaseAddress}character of Resource:Catalog failed 10 times, at last with: HTTP 500; what was listed before is done, and a later start goes on", problem.Message);
        Assert.Equal(10, server.Requests.Count);
    }

    [Fact]
    public async Task Half_of_a_surrogate_pair_in_a_key_does_not_matter()
    {
        await using ScriptedServer server = Answering(Answer(200, """{"\ud800":0,"info":{"\udc00":0,"count":3,"\ud800":0},"results":[],"\udc00":0}"""));

        Assert.Equal(3, (await FetchAsync(server.BaseAddress)).Count);
    }

    [Fact]
    public async Task A_page_that_is_cut_short_is_asked_for_again()
    {
        await using ScriptedServer server = Answering(Answer(200, Page[..20]), Answer(200, Page));

        Assert.Equal(826, (await FetchAsync(server.BaseAddress)).Count);
    }

    [Fact]
    public void A_page_that_is_not_UTF8_is_refused()
    {
        Uri address = new("http://127.0.0.1/api/");
        byte[] page = [.. "{\"results\":[{\"id\":\""u8, 0xED, .. "\"}]}"u8];

        FormatException refusal = Assert.Throws<FormatException>(() => new CatalogReader(Resources.Character, Resources.Character.Catalog!, new UpstreamAddress(address, Resources.Character)).Read(page, address));

        Assert.Equal("is not valid UTF-8", refusal.Message);
    }

    [Theory]
    [InlineData(200, "<html>", "is not JSON")]
    [InlineData(200, "[]", "has no IDs at Resource:Catalog:Ids (/results/*/id): 'results' is missing")]
    [InlineData(200, "{}", "has no IDs at Resource:Catalog:Ids (/results/*/id): 'results' is missing")]
    [InlineData(200, """{"results":[{"id":1},{"name":"x"}]}""", "has no IDs at Resource:Catalog:Ids (/results/*/id): 'id' is missing")]
    [InlineData(200, """{"results":{"id":1}}""", "has no IDs at Resource:Catalog:Ids (/results/*/id): '*' is missing")]
    [InlineData(200, """{"results":[{"id":"a"}]}""", "has the ID 'a', but an ID must be a whole number")]
    [InlineData(200, """{"results":[{"id":null}]}""", "has the ID 'null', but an ID must be a whole number")]
    [InlineData(200, """{"results":[{"id":1.5}]}""", "has the ID '1.5', but an ID must be a whole number")]
    [InlineData(200, """{"results":[],"info":{"count":"826"}}""", "does not say how many records there are: there is no number at /info/count")]
    [InlineData(200, """{"results":[],"info":{"count":-1}}""", "does not say how many records there are")]
    [InlineData(200, """{"results":[],"info":{"count":1,"next":2}}""", "names 2 as the next page, which is no link; give Resource:Catalog:Path a place for it, such as things?page={next}")]
    [InlineData(404, """{"error":"There is nothing here"}""", "is not there: HTTP 404")]
    [InlineData(404, "<html>", "cannot be fetched: HTTP 404")]
    [InlineData(400, "", "cannot be fetched: HTTP 400")]
    [InlineData(302, "", "cannot be fetched: a redirect without a usable Location")]
    public async Task An_answer_that_is_no_such_page_names_the_keys_to_correct(int status, string body, string problem)
    {
        await using ScriptedServer server = Answering(Answer(status, body));

        IngestionConfigurationException exception = await Assert.ThrowsAsync<IngestionConfigurationException>(
            () => FetchAsync(new Uri($"http://me:secret@127.0.0.1:{server.Port}/api/")));

        Assert.StartsWith($"Resource:Catalog cannot be read: http://127.0.0.1:{server.Port}/api/character {problem}", exception.Message, StringComparison.Ordinal);
        Assert.EndsWith($"; correct it, or Upstream:BaseAddress, which is 'http://127.0.0.1:{server.Port}/api/'", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(407)]
    [InlineData(451)]
    public async Task A_client_that_is_refused_waits_until_it_is_not(int status)
    {
        await using ScriptedServer server = Answering(Answer(status, ""), Answer(status, ""), Answer(200, Page));
        using UpstreamClient client = Fetching.Client(server.BaseAddress);
        using var gate = new GateFixture();
        var catalog = new RecordCatalog(client, Resources.Character, gate.Gate, Options.Create(new UpstreamOptions()), TimeProvider.System, NullLogger<RecordCatalog>.Instance);

        Task<CatalogPage> fetching = catalog.FetchAsync(address: null, CancellationToken.None);
        while (!fetching.IsCompleted)
        {
            Assert.True(SpinWait.SpinUntil(() => fetching.IsCompleted || gate.Gate.Waiting > 0, TimeSpan.FromSeconds(30)));
            gate.Clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal(826, (await fetching).Count);
        Assert.Contains($"refuses everything: HTTP {status}", Assert.Single(gate.Messages, message => message.Level == Microsoft.Extensions.Logging.LogLevel.Warning).Text, StringComparison.Ordinal);
    }

    private static Task<CatalogPage> FetchAsync(Uri baseAddress, Resource? resource = null) => FetchAsync(new UpstreamOptions { BaseAddress = baseAddress }, resource ?? Resources.Character);

    private static async Task<CatalogPage> FetchAsync(UpstreamOptions options, Resource resource, Uri? address = null)
    {
        using var client = new UpstreamClient(Options.Create(options), resource, TimeProvider.System);
        using var gate = new GateFixture();
        return await new RecordCatalog(client, resource, gate.Gate, Options.Create(options), TimeProvider.System, NullLogger<RecordCatalog>.Instance).FetchAsync(address, CancellationToken.None);
    }
}
