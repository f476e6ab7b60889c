using Ingestion.Configuration;
using Ingestion.Upstream;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using static Ingestion.Tests.Upstream.ScriptedServer;

namespace Ingestion.Tests.Upstream;

public sealed class RecordCatalogTests
{
    [Fact]
    public async Task The_number_of_characters_is_what_the_first_page_says()
    {
        await using ScriptedServer server = Answering(Answer(200, """{"info":{"count":826,"pages":42},"results":[]}"""));

        Assert.Equal(826, await CountAsync(server.BaseAddress));
        Assert.StartsWith("GET /api/character HTTP/1.1", Assert.Single(server.Requests), StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_the_upstream_is_unavailable_it_is_asked_again()
    {
        await using ScriptedServer server = Answering(
            Answer(503, ""), Answer(500, ""), Answer(429, "", "Retry-After: 0"), Answer(200, """{"info":{"count":3}}"""));

        Assert.Equal(3, await CountAsync(server.BaseAddress));
        Assert.Equal(4, server.Requests.Count);
    }

    [Fact]
    public async Task Half_of_a_surrogate_pair_in_a_key_does_not_matter()
    {
        await using ScriptedServer server = Answering(Answer(200, """{"\ud800":0,"info":{"\udc00":0,"count":3,"\ud800":0},"\udc00":0}"""));

        Assert.Equal(3, await CountAsync(server.BaseAddress));
    }

    [Fact]
    public async Task A_page_that_is_cut_short_is_asked_for_again()
    {
        await using ScriptedServer server = Answering(Answer(200, """{"info":{"count":3}"""), Answer(200, """{"info":{"count":3}}"""));

        Assert.Equal(3, await CountAsync(server.BaseAddress));
    }

    [Theory]
    [InlineData(200, "<html>")]
    [InlineData(200, "[]")]
    [InlineData(200, "{}")]
    [InlineData(200, """{"info":{"count":"826"}}""")]
    [InlineData(200, """{"info":{"count":-1}}""")]
    [InlineData(404, """{"error":"There is nothing here"}""")]
    [InlineData(404, "<html>")]
    [InlineData(400, "")]
    [InlineData(302, "")]
    public async Task An_answer_that_is_not_the_apis_names_the_key_to_correct(int status, string body)
    {
        await using ScriptedServer server = Answering(Answer(status, body));

        IngestionConfigurationException exception = await Assert.ThrowsAsync<IngestionConfigurationException>(
            () => CountAsync(new Uri($"http://me:secret@127.0.0.1:{server.Port}/api/")));

        Assert.StartsWith($"Upstream:BaseAddress 'http://127.0.0.1:{server.Port}/api/' is not the root of the API", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(407)]
    [InlineData(451)]
    public async Task A_client_that_is_refused_waits_until_it_is_not(int status)
    {
        await using ScriptedServer server = Answering(Answer(status, ""), Answer(status, ""), Answer(200, """{"info":{"count":3}}"""));
        using UpstreamClient client = Fetching.Client(server.BaseAddress);
        using var gate = new GateFixture();
        var catalog = new RecordCatalog(client, Resources.Character, gate.Gate, Options.Create(new UpstreamOptions()), TimeProvider.System, NullLogger<RecordCatalog>.Instance);

        Task<int> counting = catalog.CountAsync(CancellationToken.None);
        while (!counting.IsCompleted)
        {
            Assert.True(SpinWait.SpinUntil(() => counting.IsCompleted || gate.Gate.Waiting > 0, TimeSpan.FromSeconds(30)));
            gate.Clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal(3, await counting);
        Assert.Contains($"refuses everything: HTTP {status}", Assert.Single(gate.Messages, message => message.Level == Microsoft.Extensions.Logging.LogLevel.Warning).Text, StringComparison.Ordinal);
    }

    private static async Task<int> CountAsync(Uri baseAddress)
    {
        using UpstreamClient client = Fetching.Client(baseAddress);
        using var gate = new GateFixture();
        var catalog = new RecordCatalog(
            client, Resources.Character, gate.Gate, Options.Create(new UpstreamOptions { BaseAddress = baseAddress }), TimeProvider.System, NullLogger<RecordCatalog>.Instance);
        return await catalog.CountAsync(CancellationToken.None);
    }
}
