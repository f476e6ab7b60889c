using System.Buffers;
using System.IO.Compression;
using System.Net.Http.Headers;

namespace Ingestion.Upstream;

/// <summary>Reads a body no larger than allowed, whether counted as it is sent or unpacked, into memory that grows with what arrives.</summary>
internal static class BodyReader
{
    /// <summary>The one <c>Content-Encoding</c> that is asked for.</summary>
    public const string AcceptedEncoding = "gzip";

    /// <summary>An error page is read so that its connection can be used again; a longer one is not worth it.</summary>
    public const int MaxDrained = 64 * 1024;

    /// <summary>Nor is one that takes longer.</summary>
    public static readonly TimeSpan MaxDrainTime = TimeSpan.FromSeconds(1);

    /// <summary>As much as a connection takes anyway: smaller bodies are allocated at once, and have no share of the <see cref="BodyMemory"/>.</summary>
    public const int SmallBody = 16 * 1024;

    private const int InitialBuffer = 4096;

    /// <summary>
    /// The body as it is sent, or null when it is larger than <paramref name="limit"/>. <c>async: false</c> blocks, and completes before it
    /// returns. Without a share its memory is not bounded together with that of other bodies.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<byte[]?> ReadAsync(HttpContent content, int limit, BodyShare? share, bool async, AttemptDeadline deadline)
    {
        // Absent when the body is chunked.
        long? announced = content.Headers.ContentLength;
        if (announced > limit)
            return null;

        // Blocks no thread: the headers are there, and the stream reads the rest when it is read.
        return await ReadToEndAsync(content.ReadAsStream(deadline.Token), (int?)announced, limit, share, async, deadline);
    }

    /// <summary>How many times a body is packed with gzip, <c>x-gzip</c> being another name for it (RFC 9110, section 8.4.1.3); false when it is encoded in another way.</summary>
    public static bool TryCountPackings(HttpContent content, out int packings, out string encoding)
    {
        packings = 0;
        encoding = content.Headers.NonValidated.TryGetValues("Content-Encoding", out HeaderStringValues values) ? values.ToString() : "";
        if (encoding.Length == 0)
            return true;

        string[] codings = encoding.ToUpperInvariant().Split(',', StringSplitOptions.TrimEntries);
        packings = codings.Count(coding => coding is "GZIP" or "X-GZIP");
        return packings + codings.Count(coding => coding is "" or "IDENTITY") == codings.Length;
    }

    /// <summary>The body unpacked, or null when it is larger than <paramref name="limit"/>.</summary>
    /// <exception cref="InvalidDataException">It is not gzip.</exception>
    /// <exception cref="EndOfStreamException">It has no end.</exception>
    public static async ValueTask<byte[]?> UnpackAsync(byte[] body, int limit, BodyShare share, bool async, AttemptDeadline deadline)
    {
        int end = EndMark.Content.Length;
        using var packed = new EndMark(body);
        using var gzip = new GZipStream(packed, CompressionMode.Decompress);
        try
        {
            byte[]? unpacked = await ReadToEndAsync(gzip, announced: null, limit + end, share, async, deadline);
            if (unpacked is null || !packed.IsReached)
                return unpacked;
            if (unpacked.AsSpan().EndsWith(EndMark.Content))
                return unpacked[..^end];
        }
        catch (InvalidDataException) when (packed.IsReached)
        {
        }

        throw new EndOfStreamException();
    }

    // The stream itself throws when the connection ends before the length that was announced.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<byte[]?> ReadToEndAsync(
        Stream stream, int? announced, int limit, BodyShare? share, bool async, AttemptDeadline deadline)
    {
        // One byte more than allowed is enough to know.
        int end = announced ?? (limit + 1);
        byte[]? rented = announced is null ? ArrayPool<byte>.Shared.Rent(InitialBuffer) : null;
        byte[] buffer = rented ?? new byte[Math.Min(end, SmallBody)];
        try
        {
            int length = 0;
            while (length < end)
            {
                if (length == buffer.Length)
                {
                    int size = (int)Math.Min(end, 2L * length);
                    if (share is not null && size > SmallBody)
                        await share.TakeAsync(length > SmallBody ? size - length : size, async, deadline);
                    byte[] larger = GC.AllocateUninitializedArray<byte>(size);
                    buffer.CopyTo(larger, 0);
                    buffer = larger;
                }

                int read = async ? await stream.ReadAsync(buffer.AsMemory(length), deadline.Token) : stream.Read(buffer.AsSpan(length));
                if (read == 0)
                    return announced is null ? buffer.AsSpan(0, length).ToArray() : throw new EndOfStreamException();
                length += read;
            }

            return announced is null ? null : buffer;
        }
        finally
        {
            if (rented is not null)
                ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>
    /// A packed body, and behind it a separate stream, as gzip allows (RFC 1952, section 2.2). .NET unpacks what has no end without a complaint, but the
    /// content of the second stream comes out only when the first one has ended.
    /// </summary>
    private sealed class EndMark(byte[] body) : MemoryStream(body, writable: false)
    {
        private static readonly byte[] Packed = Convert.FromHexString("1f8b08000000000000032bc9485548cd4b51c84f53485448ca4fa90400c84055f711000000");

        public static ReadOnlySpan<byte> Content => "the end of a body"u8;

        /// <summary>Whether the body was used up, without an end that is followed by something else.</summary>
        public bool IsReached { get; private set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = base.Read(buffer, offset, count);
            if (read > 0 || IsReached || count < Packed.Length)
                return read;

            IsReached = true;
            Packed.CopyTo(buffer, offset);
            return Packed.Length;
        }
    }
}
