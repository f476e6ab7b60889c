using System.Net;
using Ingestion.Upstream;
using TestSupport.Time;

namespace Ingestion.Tests.Upstream;

/// <summary>The clock stands at 2025-01-01 00:00:00, which is 1735689600 in seconds since 1970.</summary>
public sealed class QuotaHeadersTests
{
    [Theory]
    [InlineData("RateLimit: \"default\";r=50;t=30", 50, 31, null)]
    [InlineData("RateLimit: \"default\";r=50;t=30|RateLimit-Policy: \"default\";q=100;w=60", 50, 31, 100L)]
    [InlineData("RateLimit: \"day\";r=812;t=40000, \"burst\";r=0;t=3|RateLimit-Policy: \"burst\";q=10;w=5, \"day\";q=1000;w=86400", 0, 3.3, 10L)]
    [InlineData("RateLimit: limit=100, remaining=7, reset=20", 7, 21, 100L)]
    [InlineData("RateLimit-Limit: 100, 100;w=60|RateLimit-Remaining: 99|RateLimit-Reset: 60", 99, 61, 100L)]
    [InlineData("X-RateLimit-Limit: 5000|X-RateLimit-Remaining: 0|X-RateLimit-Reset: 1735689630", 0, 31, 5000L)]
    [InlineData("x-ratelimit-remaining: 4|x-ratelimit-reset: 1735689630000", 4, 31, null)]
    [InlineData("X-RateLimit-Remaining: 4|X-RateLimit-Reset: 2.5", 4, 2.75, null)]
    [InlineData("Date: Tue, 31 Dec 2024 23:00:00 GMT|X-RateLimit-Remaining: 4|X-RateLimit-Reset: 1735686030", 4, 31, null)]
    [InlineData("Retry-After: 12", 0, 12, null)]
    [InlineData("Retry-After: 12|X-RateLimit-Remaining: 4|X-RateLimit-Reset: 60", 0, 12, null)]
    [InlineData("Retry-After: Wed, 01 Jan 2025 00:00:12 GMT", 0, 12, null)]
    public void What_is_left_is_read_in_every_form(string headers, long remaining, double seconds, long? limit)
    {
        Quota quota = Assert.NotNull(Read(headers));

        Assert.Equal((remaining, seconds, limit), (quota.Remaining, quota.ResetIn.TotalSeconds, quota.Limit));
    }

    [Theory]
    [InlineData("Server: nginx")]
    [InlineData("X-RateLimit-Remaining: 4")]
    [InlineData("X-RateLimit-Reset: 60")]
    [InlineData("X-RateLimit-Remaining: -1|X-RateLimit-Reset: 60")]
    [InlineData("X-RateLimit-Remaining: some|X-RateLimit-Reset: 60")]
    [InlineData("X-RateLimit-Remaining: NaN|X-RateLimit-Reset: 60")]
    [InlineData("X-RateLimit-Remaining: 4|X-RateLimit-Reset: Infinity")]
    [InlineData("X-RateLimit-Remaining: 4|X-RateLimit-Reset: -Infinity")]
    [InlineData("X-RateLimit-Remaining: 4|X-RateLimit-Reset: 0")]
    [InlineData("X-RateLimit-Remaining: 4|X-RateLimit-Reset: 1735689599")]
    [InlineData("X-RateLimit-Remaining: 4|X-RateLimit-Remaining: 5|X-RateLimit-Reset: 60")]
    [InlineData("RateLimit: ;;;==,=,r=;t")]
    [InlineData("RateLimit: \"default\";r=5")]
    [InlineData("RateLimit: ")]
    [InlineData("Retry-After: 0")]
    [InlineData("Retry-After: soon")]
    public void Garbage_announces_nothing(string headers) => Assert.Null(Read(headers));

    [Theory]
    [InlineData("X-RateLimit-Remaining: 0|X-RateLimit-Reset: 99999999999999")]
    [InlineData("X-RateLimit-Remaining: 0|X-RateLimit-Reset: 999999999")]
    [InlineData("Date: Thu, 01 Jan 1970 00:00:00 GMT|X-RateLimit-Remaining: 0|X-RateLimit-Reset: 9999999999")]
    public void A_reset_that_never_comes_is_a_number_all_the_same(string headers) => Assert.True(Assert.NotNull(Read(headers)).ResetIn > TimeSpan.FromDays(365));

    [Fact]
    public void The_retry_after_of_a_failure_is_the_gates_own_affair()
    {
        Assert.Null(Read("Retry-After: 12", HttpStatusCode.ServiceUnavailable));
        Assert.Equal(0, Read("X-RateLimit-Remaining: 0|X-RateLimit-Reset: 60", HttpStatusCode.TooManyRequests)?.Remaining);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Every_answer_is_looked_at(bool blocking)
    {
        const string quota = "X-RateLimit-Remaining: 3\r\nX-RateLimit-Reset: 30\r\n";
        await using ScriptedServer server = ScriptedServer.Answering(
            $"HTTP/1.1 200 OK\r\n{quota}Content-Length: 2\r\n\r\n[]", $"HTTP/1.1 304 Not Modified\r\n{quota}\r\n", $"HTTP/1.1 429 Slow\r\n{quota}Content-Length: 0\r\n\r\n");
        using UpstreamClient client = Fetching.Client(server.BaseAddress);

        Assert.Equal(3, (await client.FetchAsync(blocking)).Quota?.Remaining);
        Assert.Equal(3, (await client.FetchAsync(blocking, entityTag: "\"a\"")).Quota?.Remaining);
        Assert.Equal(3, (await client.FetchAsync(blocking)).Quota?.Remaining);
    }

    private static Quota? Read(string headers, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var response = new HttpResponseMessage(status);
        foreach (string[] header in headers.Split('|').Select(line => line.Split(':', 2)))
            Assert.True(response.Headers.TryAddWithoutValidation(header[0], header[1].Trim()));
        return QuotaHeaders.Read(response, new ManualTimeProvider());
    }
}
