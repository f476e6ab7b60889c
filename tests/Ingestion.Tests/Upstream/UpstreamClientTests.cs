using System.IO.Compression;
using System.Text;
using Ingestion.Upstream;
using TestSupport.Time;
using static Ingestion.Tests.Upstream.ScriptedServer;

namespace Ingestion.Tests.Upstream;

/// <summary>Answers that are answers. Every test runs in the blocking and in the non-blocking form.</summary>
public sealed class UpstreamClientTests
{
    public static TheoryData<bool> Forms => [true, false];

    [Theory, MemberData(nameof(Forms))]
    public async Task A_character_is_fetched_with_one_request_and_the_connection_is_used_again(bool blocking)
    {
        await using ScriptedServer server = Answering(Answer(200, "{\"id\":7}"));
        using UpstreamClient client = Fetching.Client(server.BaseAddress);

        FetchResult first = await client.FetchAsync(blocking, 7);
        FetchResult second = await client.FetchAsync(blocking, 8);

        Assert.Null(first.Failure);
        Assert.False(first.IsMissing);
        Assert.Equal("{\"id\":7}", Encoding.ASCII.GetString(first.Body.Span));
        Assert.Equal(first.Body.ToArray(), second.Body.ToArray());
        Assert.Equal(1, server.Connections);
        Assert.Equal(["GET /api/character/7 HTTP/1.1", "GET /api/character/8 HTTP/1.1"], server.Requests.Select(head => head.Split('\n')[0]), StringComparer.Ordinal);
        string head = server.Requests.First();
        Assert.Contains($"User-Agent: IngestionService/{typeof(UpstreamClient).Assembly.GetName().Version!.ToString(2)}\n", head, StringComparison.Ordinal);
        Assert.Contains("Accept: application/json\n", head, StringComparison.Ordinal);
        Assert.Contains("gzip", head, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task A_base_address_without_a_slash_at_the_end_means_the_same(bool blocking)
    {
        await using ScriptedServer server = Answering(Answer(200, "{}"));

        await Fetching.FetchAsync(new Uri($"http://127.0.0.1:{server.Port}/v1/api"), blocking);

        Assert.StartsWith("GET /v1/api/character/7 ", Assert.Single(server.Requests), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task Chunked_and_compressed_bodies_arrive_whole(bool blocking)
    {
        string body = string.Concat(Enumerable.Range(0, 5_000).Select(i => $"{i},"));
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(Encoding.ASCII.GetBytes(body));
        byte[] compressed = [.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {packed.Length}\r\n\r\n"), .. packed.ToArray()];
        await using ScriptedServer server = Answering(
            Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n{body}\r\n0\r\n\r\n"), compressed);
        using UpstreamClient client = Fetching.Client(server.BaseAddress);

        Assert.Equal(body, Encoding.ASCII.GetString((await client.FetchAsync(blocking)).Body.Span));
        Assert.Equal(body, Encoding.ASCII.GetString((await client.FetchAsync(blocking)).Body.Span));
        Assert.Equal(1, server.Connections);
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task The_api_saying_not_found_means_missing(bool blocking)
    {
        await using ScriptedServer server = Answering(Answer(404, "{\"error\":\"Character not found\"}"));

        FetchResult result = await Fetching.FetchAsync(server.BaseAddress, blocking);

        Assert.True(result.IsMissing);
        Assert.Null(result.Failure);
    }

    [Theory]
    [InlineData("<html>not found</html>")]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"error\":}")]
    public async Task A_404_that_is_not_the_apis_points_at_the_base_address(string page)
    {
        await using ScriptedServer server = Answering(Answer(404, page));
        foreach (bool blocking in (bool[])[true, false])
        {
            FetchResult result = await Fetching.FetchAsync(server.BaseAddress, blocking);
            Fetching.AssertFailed(result, FetchFailureKind.ClientError, $"check Upstream:BaseAddress (http://127.0.0.1:{server.Port}/api/)");
        }
    }

    [Theory]
    [InlineData(408, nameof(FetchFailureKind.RequestTimeout))]
    [InlineData(429, nameof(FetchFailureKind.TooManyRequests))]
    [InlineData(500, nameof(FetchFailureKind.ServerError))]
    [InlineData(503, nameof(FetchFailureKind.ServerError))]
    [InlineData(599, nameof(FetchFailureKind.ServerError))]
    [InlineData(400, nameof(FetchFailureKind.ClientError))]
    [InlineData(401, nameof(FetchFailureKind.ClientError))]
    [InlineData(410, nameof(FetchFailureKind.ClientError))]
    [InlineData(201, nameof(FetchFailureKind.UnexpectedResponse))]
    [InlineData(300, nameof(FetchFailureKind.UnexpectedResponse))]
    [InlineData(999, nameof(FetchFailureKind.UnexpectedResponse))]
    public async Task Another_status_is_a_failure_of_its_kind_and_leaves_the_connection_usable(int status, string kind)
    {
        await using ScriptedServer server = Answering(Answer(status, "oops"));
        using UpstreamClient client = Fetching.Client(server.BaseAddress);
        foreach (bool blocking in (bool[])[true, false])
        {
            FetchResult result = await client.FetchAsync(blocking);
            Fetching.AssertFailed(result, Enum.Parse<FetchFailureKind>(kind), $"HTTP {status}");
            Assert.Equal(status, result.Failure!.StatusCode);
        }

        Assert.Equal(1, server.Connections);
    }

    [Theory]
    [InlineData(204)]
    [InlineData(304)]
    public async Task A_status_without_a_body_is_unexpected(int status)
    {
        await using ScriptedServer server = Answering($"HTTP/1.1 {status} X\r\n\r\n");
        foreach (bool blocking in (bool[])[true, false])
            Fetching.AssertFailed(await Fetching.FetchAsync(server.BaseAddress, blocking), FetchFailureKind.UnexpectedResponse, $"HTTP {status}");
    }

    [Theory]
    [InlineData(429, "3", 3.0)]
    [InlineData(503, "0", 0.0)]
    [InlineData(408, "299", 299.0)]
    [InlineData(429, "99999999", 300.0)]
    [InlineData(503, "Mon, 01 Jan 2080 00:00:00 GMT", 300.0)]
    [InlineData(503, "Thu, 01 Jan 2026 00:00:42 GMT", 42.0)]
    [InlineData(503, "Wed, 31 Dec 2025 23:59:00 GMT", 0.0)]
    [InlineData(503, "soon", null)]
    [InlineData(503, "-5", null)]
    [InlineData(400, "3", 3.0)]
    public async Task Retry_after_is_read_in_seconds_and_as_a_date_up_to_the_configured_maximum(int status, string header, double? seconds)
    {
        await using ScriptedServer server = Answering(Answer(status, "", $"Retry-After: {header}"));
        using UpstreamClient client = Fetching.Client(
            server.BaseAddress, options => options.MaxRetryAfter = TimeSpan.FromMinutes(5), new ManualTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));

        foreach (bool blocking in (bool[])[true, false])
            Assert.Equal(seconds, (await client.FetchAsync(blocking)).Failure!.RetryAfter?.TotalSeconds);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_date_in_retry_after_is_read_by_the_clock_of_the_server_where_it_shows_it(int hoursAhead)
    {
        await using ScriptedServer server = Answering(Answer(503, "", "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\nRetry-After: Thu, 01 Jan 2026 00:00:42 GMT"));
        using UpstreamClient client = Fetching.Client(server.BaseAddress, _ => { }, new ManualTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddHours(hoursAhead)));

        Assert.Equal(42, (await client.FetchAsync(blocking: false)).Failure!.RetryAfter?.TotalSeconds);
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task As_many_requests_are_in_flight_as_are_made(bool blocking)
    {
        const int requests = 40;
        int arrived = 0;
        var allArrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new ScriptedServer(async (_, stream, token) =>
        {
            if (Interlocked.Increment(ref arrived) == requests)
                allArrived.SetResult();
            await allArrived.Task;
            await stream.WriteAsync(Encoding.ASCII.GetBytes(Answer(200, "{}")), token);
            return true;
        });
        using UpstreamClient client = Fetching.Client(server.BaseAddress);

        FetchResult[] results = await Task.WhenAll(Enumerable.Range(1, requests).Select(id => client.FetchAsync(blocking, id)));

        Assert.All(results, result => Assert.Null(result.Failure));
    }
}
