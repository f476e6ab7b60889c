using System.Security.Cryptography;

namespace Ingestion.Records;

/// <summary>The content hash of a record, cheap or as expensive as wanted.</summary>
internal static class Fingerprint
{
    public const int Length = 32;

    // Fixed: the hash tells one content from another, it protects no secret, and equal content must hash equally in every run.
    private static ReadOnlySpan<byte> Salt => "IngestionService content hash v1"u8;

    /// <summary>SHA-256 for 0 iterations, else PBKDF2-HMAC-SHA256 (RFC 8018, section 5.2), whose cost grows linearly with them.</summary>
    public static byte[] Of(ReadOnlySpan<byte> content, int iterations) => iterations == 0
        ? SHA256.HashData(content)
        : Rfc2898DeriveBytes.Pbkdf2(content, Salt, iterations, HashAlgorithmName.SHA256, Length);
}
