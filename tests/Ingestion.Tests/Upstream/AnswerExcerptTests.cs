using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Ingestion.Upstream;

namespace Ingestion.Tests.Upstream;

/// <summary>What is kept of an answer helps to understand it, prints, and has no secrets.</summary>
public sealed class AnswerExcerptTests
{
    [Fact]
    public void Status_headers_of_interest_and_the_body_are_kept_and_nothing_else()
    {
        using HttpResponseMessage response = new(HttpStatusCode.TooManyRequests) { Content = new StringContent("", Encoding.UTF8, "text/html") };
        foreach ((string name, string value) in ((string, string)[])
            [("Retry-After", "5"), ("RateLimit-Remaining", "0"), ("X-RateLimit-Limit", "100"), ("X-Request-ID", "r-1"), ("Server", "edge"), ("Set-Cookie", "session=1"), ("WWW-Authenticate", "Basic"), ("Via", "x")])
            response.Headers.TryAddWithoutValidation(name, value);

        JsonElement json = Read(response, "<h1>slow down</h1>"u8.ToArray());

        Assert.Equal(429, json.GetProperty("status").GetInt32());
        Assert.Equal("<h1>slow down</h1>", json.GetProperty("body").GetString());
        Assert.Equal(
            ["Content-Type=text/html; charset=utf-8", "RateLimit-Remaining=0", "Retry-After=5", "Server=edge", "X-RateLimit-Limit=100", "X-Request-ID=r-1"],
            json.GetProperty("headers").EnumerateObject().Select(header => $"{header.Name}={header.Value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Two_kilobytes_are_kept_of_a_long_body_packed_or_not()
    {
        byte[] page = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 2_000).Select(i => $"{i} ")));
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionMode.Compress, leaveOpen: true))
            gzip.Write(page);
        using HttpResponseMessage response = new(HttpStatusCode.BadGateway);

        string expected = Encoding.UTF8.GetString(page.AsSpan(0, 2048));
        Assert.Equal(expected, Read(response, page).GetProperty("body").GetString());
        Assert.Equal(expected, Read(response, packed.ToArray()).GetProperty("body").GetString());
    }

    [Fact]
    public void Bytes_that_are_no_text_and_characters_that_do_not_print_become_text_that_PostgreSQL_takes()
    {
        using HttpResponseMessage response = new(HttpStatusCode.OK);

        string body = Read(response, [.. "a\0b\u001b[31m\n"u8, 0xff, 0xfe, .. "z"u8]).GetProperty("body").GetString()!;

        Assert.Equal("a b [31m \uFFFD\uFFFDz", body);
    }

    [Fact]
    public void Credentials_that_the_answer_repeats_are_left_out()
    {
        using HttpResponseMessage response = new(HttpStatusCode.Forbidden) { RequestMessage = new HttpRequestMessage() };
        response.RequestMessage.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "token-of-oauth");
        response.Headers.TryAddWithoutValidation("X-Request-Id", "for-key-12345678");
        UpstreamOptions options = new() { Headers = { ["Authorization"] = "Bearer secret-of-header" }, Query = { ["api_key"] = "key-12345678" } };

        string json = new AnswerExcerpt(response, "bad: Bearer secret-of-header, token-of-oauth, key-12345678"u8.ToArray()).ToJson(options);

        Assert.DoesNotContain("secret-of-header", json, StringComparison.Ordinal);
        Assert.DoesNotContain("token-of-oauth", json, StringComparison.Ordinal);
        Assert.DoesNotContain("key-12345678", json, StringComparison.Ordinal);
        Assert.Contains("***", json, StringComparison.Ordinal);
    }

    private static JsonElement Read(HttpResponseMessage response, byte[] body) => JsonDocument.Parse(new AnswerExcerpt(response, body).ToJson(new UpstreamOptions())).RootElement;
}
