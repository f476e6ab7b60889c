using System.Security.Cryptography;

namespace UpstreamSimulator.Records;

/// <summary>A record as it goes over the wire.</summary>
internal sealed record RenderedRecord(int Number, byte[] Body, string ETag)
{
    public static RenderedRecord Of(int number, byte[] body) => new(number, body, ETagOf(body));

    /// <summary>A weak entity tag of a body's length and hash, the form the public API sends.</summary>
    public static string ETagOf(ReadOnlySpan<byte> body)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        return $"W/\"{body.Length:x}-{Convert.ToBase64String(hash[..18])}\"";
    }
}
