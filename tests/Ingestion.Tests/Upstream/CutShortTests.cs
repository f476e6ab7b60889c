using System.IO.Compression;
using System.Text;
using Ingestion.Tests.Records;
using Ingestion.Upstream;
using static Ingestion.Tests.Upstream.ScriptedServer;

namespace Ingestion.Tests.Upstream;

/// <summary>A body that ends before its JSON does was cut short, however it was sent, and is asked for again. What is no JSON is not. Every answer is fetched in both forms.</summary>
public sealed class CutShortTests
{
    private const string Json = """{"id":7,"name":"Zo\u00eb \"é\" 😀","origin":{"url":""},"episode":["a",[1,-2.5e3,true,null]]}""";

    private static readonly byte[] Record = Encoding.UTF8.GetBytes(Json);

    /// <summary>How a body is sent that is whole by what HTTP says of it.</summary>
    public static TheoryData<string> Framings => ["until the connection ends", "with its length", "in chunks", "packed until the connection ends", "packed with its length"];

    [Theory, MemberData(nameof(Framings))]
    public async Task A_body_that_breaks_off_anywhere_is_cut_short(string framing)
    {
        for (int length = 1; length < Record.Length; length++)
            await AssertCutShortAsync(Framed(framing, Record.AsSpan(0, length)), $"the body is cut short after {length} bytes (127.0.0.1:");
    }

    [Theory, MemberData(nameof(Framings))]
    public async Task A_body_that_is_whole_is_accepted(string framing)
    {
        foreach (string end in (string[])["", "\r\n", " \t\n"])
        {
            foreach (FetchResult result in await FetchAsync(Framed(framing, Encoding.UTF8.GetBytes(Json + end))))
                Assert.Equal((null, Json + end), (result.Failure, Encoding.UTF8.GetString(result.Body.Span)));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \r\n")]
    public async Task An_empty_body_is_cut_short_only_when_nothing_says_that_it_is_whole(string body)
    {
        await AssertCutShortAsync(Framed("until the connection ends", Encoding.ASCII.GetBytes(body)), $"cut short after {body.Length} bytes");
        foreach (string framing in (string[])["with its length", "in chunks"])
        {
            foreach (FetchResult result in await FetchAsync(Framed(framing, Encoding.ASCII.GetBytes(body))))
                Assert.Equal((null, body.Length), (result.Failure, result.Body.Length));
        }
    }

    [Theory]
    [InlineData("with its length")]
    [InlineData("until the connection ends")]
    [InlineData("in chunks")]
    public async Task A_gzip_stream_without_its_end_is_cut_short(string framing)
    {
        byte[] packed = Pack(CharacterJson.Bytes(CharacterJson.Lincler));
        for (int length = 1; length < packed.Length; length++)
            await AssertCutShortAsync(Framed(framing, packed.AsSpan(0, length), "Content-Encoding: gzip\r\n"), "the connection ended before the answer was complete (127.0.0.1:");
    }

    [Fact]
    public async Task A_gzip_stream_in_parts_or_with_something_behind_it_is_whole()
    {
        byte[] halves = [.. Pack(Record.AsSpan(0, 20)), .. Pack(Record.AsSpan(20))];
        foreach (byte[] packed in (byte[][])[halves, [.. halves, 0, 0, 0, 0], [.. halves, (byte)'\n'], Pack(Record, CompressionLevel.NoCompression)])
        {
            foreach (FetchResult result in await FetchAsync(Framed("with its length", packed, "Content-Encoding: gzip\r\n")))
                Assert.Equal((null, Json), (result.Failure, Encoding.UTF8.GetString(result.Body.Span)));
        }
    }

    [Theory]
    [InlineData("<html><body>busy")]
    [InlineData("busy")]
    [InlineData("nul")]
    [InlineData("\"text without end")]
    [InlineData("12")]
    [InlineData("{busy")]
    [InlineData("[ERROR] no database")]
    [InlineData("""{"id":7}{"id":""")]
    [InlineData("""{"id":7,}""")]
    [InlineData("""{"id":07""")]
    [InlineData("""{"id":"\x""")]
    public async Task What_is_no_JSON_is_not_cut_short(string body)
    {
        foreach (string framing in Framings.Select(row => row.Data))
        {
            foreach (FetchResult result in await FetchAsync(Framed(framing, Encoding.UTF8.GetBytes(body))))
                Assert.Equal((null, body), (result.Failure, Encoding.UTF8.GetString(result.Body.Span)));
        }
    }

    [Fact]
    public async Task A_404_whose_JSON_breaks_off_is_cut_short_and_not_missing()
    {
        await AssertCutShortAsync("HTTP/1.1 404 X\r\n\r\n{\"error\":\"Character n"u8.ToArray(), "the body is cut short after 21 bytes");
        await AssertCutShortAsync(Encoding.ASCII.GetBytes(Answer(404, "{\"error\":")), "the body is cut short after 9 bytes");
    }

    [Fact]
    public async Task An_array_that_breaks_off_between_its_records_is_cut_short()
    {
        string array = $"[{CharacterJson.Lincler},{CharacterJson.Lincler}]";
        foreach (int length in (int[])[1, CharacterJson.Lincler.Length + 1, CharacterJson.Lincler.Length + 2, array.Length - 1])
            await AssertCutShortAsync(Framed("until the connection ends", Encoding.UTF8.GetBytes(array).AsSpan(0, length)), $"cut short after {length} bytes");
    }

    private static async Task AssertCutShortAsync(byte[] answer, string reason)
    {
        foreach (FetchResult result in await FetchAsync(answer))
            Fetching.AssertFailed(result, FetchFailureKind.ConnectionLost, reason);
    }

    private static async Task<FetchResult[]> FetchAsync(byte[] answer)
    {
        await using var server = new ScriptedServer(async (_, stream, token) =>
        {
            await stream.WriteAsync(answer, token);
            return false;
        });
        return [await Fetching.FetchAsync(server.BaseAddress, blocking: true), await Fetching.FetchAsync(server.BaseAddress, blocking: false)];
    }

    private static byte[] Framed(string framing, ReadOnlySpan<byte> body, string headers = "")
    {
        if (framing.StartsWith("packed", StringComparison.Ordinal))
            return Framed(framing["packed ".Length..], Pack(body), "Content-Encoding: gzip\r\n");

        string rest = framing switch
        {
            "with its length" => $"Content-Length: {body.Length}\r\n",
            "in chunks" => "Transfer-Encoding: chunked\r\n",
            _ => "",
        };
        byte[] head = Encoding.ASCII.GetBytes($"HTTP/1.1 200 X\r\n{headers}{rest}\r\n");
        return framing != "in chunks" ? [.. head, .. body]
            : [.. head, .. body.IsEmpty ? [] : (byte[])[.. Encoding.ASCII.GetBytes($"{body.Length:x}\r\n"), .. body, .. "\r\n"u8], .. "0\r\n\r\n"u8];
    }

    private static byte[] Pack(ReadOnlySpan<byte> content, CompressionLevel level = CompressionLevel.Optimal)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, level, leaveOpen: true))
            gzip.Write(content);
        return packed.ToArray();
    }
}
