using System.Buffers;

namespace Ingestion.Upstream;

/// <summary>Reads a body no larger than allowed. <c>async: false</c> blocks, and completes before it returns.</summary>
internal static class BodyReader
{
    private const int InitialBuffer = 4096;

    /// <summary>An error page is read so that its connection can be used again; a longer one is not worth it.</summary>
    public const int MaxDrained = 64 * 1024;

    /// <summary>The body, or null when it is larger than <paramref name="limit"/>.</summary>
    public static async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(HttpContent content, int limit, bool async, CancellationToken token)
    {
        // Absent when the body is compressed or chunked.
        long? announced = content.Headers.ContentLength;
        if (announced > limit)
            return null;

        Stream stream = async ? await content.ReadAsStreamAsync(token) : content.ReadAsStream(token);
        return announced is { } length
            ? await ReadExactlyAsync(stream, new byte[length], async, token)
            : await ReadToEndAsync(stream, limit, async, token);
    }

    // The stream itself throws when the connection ends before the length that was announced.
    private static async ValueTask<ReadOnlyMemory<byte>?> ReadExactlyAsync(Stream stream, byte[] body, bool async, CancellationToken token)
    {
        if (async)
            await stream.ReadExactlyAsync(body, token);
        else
            stream.ReadExactly(body);
        return body;
    }

    private static async ValueTask<ReadOnlyMemory<byte>?> ReadToEndAsync(Stream stream, int limit, bool async, CancellationToken token)
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
