using System.IO.Compression;
using System.Text;
using Ingestion.Upstream;

namespace Ingestion.Tests.Upstream;

/// <summary>What <c>Content-Encoding</c> may say (RFC 9110, section 8.4). Every answer is fetched in both forms.</summary>
public sealed class ContentEncodingTests
{
    private const string Body = """{"id":7}""";

    [Theory]
    [InlineData(null, 0)]
    [InlineData("", 0)]
    [InlineData("   ", 0)]
    [InlineData(",", 0)]
    [InlineData("identity", 0)]
    [InlineData("IDENTITY , identity", 0)]
    [InlineData("gzip", 1)]
    [InlineData("GZip", 1)]
    [InlineData(" gzip\t", 1)]
    [InlineData("x-gzip", 1)]
    [InlineData("X-GZIP", 1)]
    [InlineData("gzip, identity", 1)]
    [InlineData("identity,\tgzip", 1)]
    [InlineData(", x-gzip ,", 1)]
    [InlineData("identity\r\nContent-Encoding: gzip", 1)]
    [InlineData("gzip, gzip", 2)]
    [InlineData("gzip\r\nContent-Encoding: x-gzip", 2)]
    public async Task A_body_that_is_packed_with_nothing_but_gzip_is_unpacked(string? encoding, int times)
    {
        foreach (FetchResult result in await FetchAsync(encoding, times))
            Assert.Equal((null, Body), (result.Failure, Encoding.ASCII.GetString(result.Body.Span)));
    }

    [Theory]
    [InlineData("none", "none")]
    [InlineData("utf-8", "utf-8")]
    [InlineData("br", "br")]
    [InlineData("deflate", "deflate")]
    [InlineData("gzip, br", "gzip, br")]
    [InlineData("gzip br", "gzip br")]
    [InlineData("gzip;q=1", "gzip;q=1")]
    [InlineData("\"gzip\"", "\"gzip\"")]
    [InlineData("gzip\r\nContent-Encoding: zstd", "gzip, zstd")]
    public async Task Another_encoding_is_a_failure_that_names_it(string encoding, string named)
    {
        foreach (FetchResult result in await FetchAsync(encoding, times: 0))
            Fetching.AssertFailed(result, FetchFailureKind.UnexpectedResponse, $"the body is encoded as '{named}', which was not asked for");
    }

    private static async Task<FetchResult[]> FetchAsync(string? encoding, int times)
    {
        byte[] body = Encoding.ASCII.GetBytes(Body);
        for (; times > 0; times--)
        {
            using var packed = new MemoryStream();
            using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
                gzip.Write(body);
            body = packed.ToArray();
        }

        string header = encoding is null ? "" : $"Content-Encoding: {encoding}\r\n";
        await using ScriptedServer server = ScriptedServer.Answering([.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 X\r\n{header}Content-Length: {body.Length}\r\n\r\n"), .. body]);
        return [await Fetching.FetchAsync(server.BaseAddress, blocking: true), await Fetching.FetchAsync(server.BaseAddress, blocking: false)];
    }
}
