using System.IO.Compression;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;

namespace UpstreamSimulator.Http;

/// <summary>Answers no proper server would send, written straight to the connection.</summary>
internal static class RawAnswers
{
    private const string Ok = "HTTP/1.1 200 OK\r\n";
    private const string Chunked = "Transfer-Encoding: chunked\r\n";
    private const string Gzip = "Content-Encoding: gzip\r\n";

    // A deflate block without content, after https://www.rfc-editor.org/rfc/rfc1951, section 3.2.4.
    private static readonly byte[] EmptyBlock = [0, 0, 0, 0xFF, 0xFF];
    private static readonly byte[] GzipHeader = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3];
    private static readonly Lazy<(byte[] First, byte[] Next)> MegabytesOfZeros = new(PackMegabytesOfZeros);
    private static readonly byte[] Chunk = Latin1($"10000\r\n{new string(' ', 0x10000)}\r\n");
    private static readonly byte[] Space = " "u8.ToArray();
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static readonly Dictionary<string, Func<RawConnection, ReadOnlyMemory<byte>, Task>> Scripts = new(StringComparer.OrdinalIgnoreCase)
    {
        // Connections that break. What follows a script without an end is a reset.
        ["reset-headers"] = (to, _) => to.SendAsync($"{Ok}Content-Le"),
        ["reset-body"] = (to, record) => to.SendAsync($"{Ok}{Length(record.Length)}", record[..(record.Length / 2)]),

        // Answers without end.
        ["slow-headers"] = (to, _) => DripAsync(to, $"{Ok}X-Slow: "),
        ["endless-header"] = (to, _) => FloodAsync(to, $"{Ok}X-Endless: ", new string('x', 0x10000)),
        ["endless-headers"] = (to, _) => FloodAsync(to, Ok, "X-Endless: yes\r\n"),
        ["endless-interim"] = (to, _) => FloodAsync(to, "", "HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n"),
        ["endless-trailers"] = (to, record) => FloodAsync(to, $"{Ok}{Chunked}\r\n{record.Length:x}\r\n{Text(record)}\r\n0\r\n", "X-Endless: yes\r\n"),
        ["endless-chunk-size"] = (to, _) => FloodAsync(to, $"{Ok}{Chunked}\r\n1;", "x=y;"),
        ["drip"] = (to, record) => DripAsync(to, $"{Ok}{Length(record.Length)}\r\n"),
        ["huge"] = (to, _) => FloodAsync(to, $"{Ok}{Length(10L << 30)}\r\n", new string(' ', 0x10000)),
        ["huge-chunked"] = (to, _) => FloodAsync(to, $"{Ok}{Chunked}\r\n", Text(Chunk)),
        ["gzip-endless"] = (to, _) => FloodAsync(to, $"{Ok}{Gzip}\r\n{Text(GzipHeader)}", Text(EmptyBlock)),
        ["gzip-bomb"] = (to, _) => BombAsync(to, $"{Ok}{Gzip}", megabytes: 10 * 1024),
        ["gzip-dense"] = (to, _) => BombAsync(to, $"{Ok}{Gzip}{Length(BombLength(512))}", megabytes: 512),
        ["error-drip"] = (to, record) => DripAsync(to, $"HTTP/1.1 500 X\r\n{Length(record.Length)}\r\n"),
        ["error-endless"] = (to, _) => FloodAsync(to, $"HTTP/1.1 500 X\r\n{Chunked}\r\n", Text(Chunk)),
        ["error-huge"] = (to, _) => FloodAsync(to, $"HTTP/1.1 500 X\r\n{Length(10L << 30)}\r\n", new string(' ', 0x10000)),

        // Answers that are not what they say.
        ["not-http"] = (to, _) => EndAsync(to, "SSH-2.0-OpenSSH_9.2\r\n"),
        ["bad-chunk"] = (to, _) => EndAsync(to, $"{Ok}{Chunked}\r\nwubba\r\n"),
        ["short-length"] = (to, record) => EndAsync(to, $"{Ok}{Length(record.Length / 2)}", record),
        ["two-lengths"] = (to, record) => EndAsync(to, $"{Ok}{Length(record.Length / 2)}{Length(record.Length)}", record),
        ["negative-length"] = (to, record) => EndAsync(to, $"{Ok}{Length(-1)}", record),
        ["no-content"] = (to, _) => EndAsync(to, "HTTP/1.1 204 X\r\n\r\n"),
        ["partial"] = (to, record) => EndAsync(to, $"HTTP/1.1 206 X\r\nContent-Range: bytes 0-9/{record.Length}\r\n{Length(10)}", record[..10]),
        ["not-modified"] = (to, _) => EndAsync(to, "HTTP/1.1 304 X\r\n\r\n"),
        ["switching"] = (to, record) => EndAsync(to, "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: upgrade\r\n", record),
        ["gzip-corrupt"] = (to, record) => EndAsync(to, $"{Ok}{Gzip}{Length(GzipHeader.Length + record.Length)}\r\n{Text(GzipHeader)}{Text(record)}"),
        ["gzip-cut"] = (to, record) => EndAsync(to, $"{Ok}{Gzip}", Pack(record.Span).AsMemory(..^20)),
        ["gzip"] = (to, record) => EndAsync(to, $"{Ok}{Gzip}", Pack(record.Span)),
        ["encoding"] = (to, record) => EndAsync(to, $"{Ok}Content-Encoding: br\e[31m\r\n{Length(record.Length)}", record),
        ["type"] = (to, record) => EndAsync(to, $"{Ok}Content-Type: text/html\r\n{Length(record.Length)}", record),
        ["charset"] = (to, record) => EndAsync(to, $"{Ok}Content-Type: application/json; charset=utf-16\r\n{Length(record.Length)}", record),
        ["folded-header"] = (to, record) => EndAsync(to, $"{Ok}X-Folded: a\r\n\t b\r\n{Length(record.Length)}", record),
        ["split-header"] = (to, record) => EndAsync(to, $"{Ok}X-Split: a\rContent-Length: 1\r\n{Length(record.Length)}", record),
        ["no-colon"] = (to, record) => EndAsync(to, $"{Ok}\e[31mX-Header\r\n{Length(record.Length)}", record),

        // Text that must not reach a terminal.
        ["status-escapes"] = (to, _) => EndAsync(to, "HTTP/1.1 400 \e[31m\u0085\r\nRetry-After: \e[31m\r\nContent-Length: 0\r\n\r\n"),
        ["redirect-escapes"] = (to, _) => EndAsync(to, $"HTTP/1.1 302 X\r\nLocation: http://other-host.invalid/\e[31m{Text("\u202e"u8.ToArray())}\r\nContent-Length: 0\r\n\r\n"),
        ["redirect-broken"] = (to, _) => EndAsync(to, "HTTP/1.1 302 X\r\nLocation: http://[\e[31m\r\nContent-Length: 0\r\n\r\n"),
        ["redirect-scheme"] = (to, _) => EndAsync(to, "HTTP/1.1 302 X\r\nLocation: javascript:alert(1)\r\nContent-Length: 0\r\n\r\n"),
    };

    public static IEnumerable<string> Names => Scripts.Keys;

    public static async Task SendAsync(HttpContext context, string name, ReadOnlyMemory<byte> record, TimeProvider time)
    {
        var connection = new RawConnection(context.Features.Get<IConnectionSocketFeature>()!.Socket, time, context.RequestAborted);
        try
        {
            await Scripts[name](connection, record);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The client has had enough.
        }

        context.Abort();
    }

    private static string Length(long length) => $"Content-Length: {length}\r\n";

    // It says that it ends: a client that kept the connection would take the end for that of its next answer.
    private static async Task EndAsync(RawConnection to, string head, ReadOnlyMemory<byte>? body = null)
    {
        if (head.StartsWith("HTTP/", StringComparison.Ordinal) && !head.Contains("Connection:", StringComparison.Ordinal))
            head = head.Insert(head.IndexOf('\n', StringComparison.Ordinal) + 1, "Connection: close\r\n");
        await (body is { } rest ? to.SendAsync(head, rest) : to.SendAsync(head));
        await to.EndAsync();
    }

    private static async Task FloodAsync(RawConnection to, string start, string endless)
    {
        await to.SendAsync(start);
        await to.RepeatAsync(Latin1(string.Concat(Enumerable.Repeat(endless, 1 + (0x10000 / endless.Length)))));
    }

    private static async Task DripAsync(RawConnection to, string start)
    {
        await to.SendAsync(start);
        await to.RepeatAsync(Space, Second);
    }

    private static async Task BombAsync(RawConnection to, string head, int megabytes)
    {
        (byte[] first, byte[] next) = MegabytesOfZeros.Value;
        await to.SendAsync(head, (byte[])[.. GzipHeader, .. first]);
        for (int sent = 1; sent < megabytes; sent++)
            await to.SendAsync(next);
        await to.EndAsync();
    }

    private static long BombLength(int megabytes) =>
        GzipHeader.Length + MegabytesOfZeros.Value.First.Length + ((megabytes - 1L) * MegabytesOfZeros.Value.Next.Length);

    /// <summary>The deflate blocks of 2^20 zeros, and of as many that follow others: about 1 KB, which can be repeated.</summary>
    private static (byte[] First, byte[] Next) PackMegabytesOfZeros()
    {
        using var packed = new MemoryStream();
        using var deflate = new DeflateStream(packed, CompressionLevel.Optimal);
        deflate.Write(new byte[1 << 20]);
        deflate.Flush();
        int first = (int)packed.Length;
        deflate.Write(new byte[1 << 20]);
        deflate.Flush();
        return (packed.ToArray()[..first], packed.ToArray()[first..]);
    }

    private static byte[] Pack(ReadOnlySpan<byte> bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    private static byte[] Latin1(string text) => Encoding.Latin1.GetBytes(text);

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.Latin1.GetString(bytes.Span);

    /// <summary>The bare connection of a request, for answers the server would refuse to send. All of it ends when the client hangs up.</summary>
    private sealed class RawConnection(Socket socket, TimeProvider time, CancellationToken hungUp)
    {
        public async Task SendAsync(ReadOnlyMemory<byte> bytes)
        {
            while (!bytes.IsEmpty)
                bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, hungUp)..];
        }

        /// <summary>Sends text whose characters are bytes.</summary>
        public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

        /// <summary>Sends a status line and headers, each of them with its line break, and what comes after them.</summary>
        public async Task SendAsync(string head, ReadOnlyMemory<byte> body)
        {
            await SendAsync(head + "\r\n");
            await SendAsync(body);
        }

        public async Task RepeatAsync(ReadOnlyMemory<byte> bytes, TimeSpan pause = default)
        {
            while (true)
            {
                await SendAsync(bytes);
                if (pause > TimeSpan.Zero)
                    await Task.Delay(pause, time, hungUp);
            }
        }

        /// <summary>Ends the connection cleanly, and waits until the client has.</summary>
        public async Task EndAsync()
        {
            socket.Shutdown(SocketShutdown.Send);
            await Task.Delay(Timeout.InfiniteTimeSpan, time, hungUp);
        }
    }
}
