using Ingestion.Upstream;
using static Ingestion.Tests.Upstream.ScriptedServer;

namespace Ingestion.Tests.Upstream;

/// <summary>What is asked with an entity tag, and which tags are kept. Every test runs in the blocking and in the non-blocking form.</summary>
public sealed class ConditionalRequestTests
{
    private const string NotModified = "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n";

    public static TheoryData<bool> Forms => [true, false];

    [Theory, MemberData(nameof(Forms))]
    public async Task A_304_to_a_request_with_an_entity_tag_says_that_nothing_has_changed(bool blocking)
    {
        await using ScriptedServer server = Answering(NotModified);
        using UpstreamClient client = Fetching.Client(server.BaseAddress);

        FetchResult first = await client.FetchAsync(blocking, entityTag: "W/\"a\"");
        FetchResult second = await client.FetchAsync(blocking, entityTag: "W/\"a\"");

        Assert.True(first.IsNotModified && second.IsNotModified);
        Assert.Equal((null, false, true), (first.Failure, first.IsMissing, first.Body.IsEmpty));
        Assert.All(server.Requests, request => Assert.Contains("\nIf-None-Match: W/\"a\"\n", request, StringComparison.Ordinal));
        Assert.Equal(1, server.Connections);
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task A_304_that_nobody_asked_for_is_unexpected(bool blocking)
    {
        await using ScriptedServer server = Answering(NotModified);

        FetchResult result = await Fetching.FetchAsync(server.BaseAddress, blocking);

        Fetching.AssertFailed(result, FetchFailureKind.UnexpectedResponse, "HTTP 304");
        Assert.False(result.IsNotModified);
        Assert.DoesNotContain("If-None-Match", Assert.Single(server.Requests), StringComparison.OrdinalIgnoreCase);
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task A_record_that_has_changed_comes_with_its_new_entity_tag(bool blocking)
    {
        await using ScriptedServer server = Answering(Tagged("\"b\""));
        using UpstreamClient client = Fetching.Client(server.BaseAddress);

        FetchResult result = await client.FetchAsync(blocking, entityTag: "\"a\"");

        Assert.Equal((false, "\"b\"", 2), (result.IsNotModified, result.EntityTag, result.Body.Length));
    }

    [Theory]
    [InlineData("\"\"", true)]
    [InlineData("W/\"67ab43\"", true)]
    [InlineData("*", false)]
    [InlineData("unquoted", false)]
    [InlineData("\"open", false)]
    [InlineData("\"a\" \"b\"", false)]
    [InlineData("\"a\",\"b\"", false)]
    [InlineData("\"a b\"", false)]
    [InlineData("\"a\tb\"", false)]
    [InlineData("\"a\u007fb\"", false)]
    [InlineData("\"a\u00e9b\"", false)]
    [InlineData("\"a\"\r\nETag: \"b\"", false)]
    public async Task Only_a_tag_that_can_be_sent_back_as_it_is_is_kept(string tag, bool isKept)
    {
        await using ScriptedServer server = Answering(Tagged(tag));

        FetchResult result = await Fetching.FetchAsync(server.BaseAddress, blocking: false);

        Assert.Null(result.Failure);
        Assert.Equal(isKept ? tag : null, result.EntityTag);
    }

    [Fact]
    public async Task A_tag_of_more_than_256_characters_is_not_kept()
    {
        foreach (int length in (int[])[256, 257])
        {
            string tag = $"\"{new string('x', length - 2)}\"";
            await using ScriptedServer server = Answering(Tagged(tag));

            FetchResult result = await Fetching.FetchAsync(server.BaseAddress, blocking: false);

            Assert.Equal(length == 256 ? tag : null, result.EntityTag);
        }
    }

    [Fact]
    public async Task A_tag_of_an_error_is_not_kept()
    {
        await using ScriptedServer server = Answering("HTTP/1.1 500 X\r\nETag: \"a\"\r\nContent-Length: 0\r\n\r\n");

        Assert.Null((await Fetching.FetchAsync(server.BaseAddress, blocking: false)).EntityTag);
    }

    private static string Tagged(string tag) => $"HTTP/1.1 200 OK\r\nETag: {tag}\r\nContent-Length: 2\r\n\r\n{{}}";
}
