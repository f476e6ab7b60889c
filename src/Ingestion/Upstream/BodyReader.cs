using System.Buffers;
using System.IO.Compression;
using System.Net.Http.Headers;

namespace Ingestion.Upstream;

/// <summary>Reads a body no larger than allowed, whether counted as it is sent or unpacked.</summary>
internal static class BodyReader
{
    /// <summary>The one <c>Content-Encoding</c> that is asked for.</summary>
    public const string AcceptedEncoding = "gzip";

    /// <summary>An error page is read so that its connection can be used again; a longer one is not worth it.</summary>
    public const int MaxDrained = 64 * 1024;

    /// <summary>Nor is one that takes longer.</summary>
    public static readonly TimeSpan MaxDrainTime = TimeSpan.FromSeconds(1);

    private const int InitialBuffer = 4096;

    /// <summary>
    /// The body as it is sent, or null when it is larger than <paramref name="limit"/>. <c>async: false</c> blocks, and completes before it
    /// returns.
    /// </summary>
    public static async ValueTask<byte[]?> ReadAsync(HttpContent content, int limit, bool async, CancellationToken token)
    {
        // Absent when the body is chunked.
        long? announced = content.Headers.ContentLength;
        if (announced > limit)
            return null;

        Stream stream = async ? await content.ReadAsStreamAsync(token) : content.ReadAsStream(token);
        return announced is { } length
            ? await ReadExactlyAsync(stream, new byte[length], async, token)
            : await ReadToEndAsync(stream, limit, async, token);
    }

    /// <summary>The <c>Content-Encoding</c> of a body; null for one that is sent as it is.</summary>
    public static string? EncodingOf(HttpContent content) =>
        content.Headers.NonValidated.TryGetValues("Content-Encoding", out HeaderStringValues values) && values.ToString() is var encoding
        && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase) ? encoding : null;

    /// <summary>The body unpacked, or null when it is larger than <paramref name="limit"/>. A body that is in memory keeps no server waiting, so this never blocks.</summary>
    /// <exception cref="InvalidDataException">It is not gzip.</exception>
    public static byte[]? Unpack(byte[] body, int limit)
    {
        using var gzip = new GZipStream(new MemoryStream(body), CompressionMode.Decompress);
        ValueTask<byte[]?> read = ReadToEndAsync(gzip, limit, async: false, CancellationToken.None);
        System.Diagnostics.Debug.Assert(read.IsCompleted, "Memory is never waited for.");
        return read.GetAwaiter().GetResult();
    }

    // The stream itself throws when the connection ends before the length that was announced.
    private static async ValueTask<byte[]?> ReadExactlyAsync(Stream stream, byte[] body, bool async, CancellationToken token)
    {
        if (async)
            await stream.ReadExactlyAsync(body, token);
        else
            stream.ReadExactly(body);
        return body;
    }

    private static async ValueTask<byte[]?> ReadToEndAsync(Stream stream, int limit, bool async, CancellationToken token)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(InitialBuffer);
        try
        {
            int length = 0;
            while (true)
            {
                int read = async ? await stream.ReadAsync(buffer.AsMemory(length), token) : stream.Read(buffer.AsSpan(length));
                if (read == 0)
                    return buffer.AsSpan(0, length).ToArray();

                length += read;
                if (length > limit)
                    return null;

                if (length == buffer.Length)
                {
                    byte[] larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                    buffer.CopyTo(larger, 0);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
