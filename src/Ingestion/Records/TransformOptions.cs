using System.ComponentModel.DataAnnotations;

namespace Ingestion.Records;

/// <summary>Section <c>Transform</c>: what is done with a record before it is stored.</summary>
public sealed class TransformOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Transform";

    /// <summary>0: the content hash is SHA-256. N: PBKDF2-HMAC-SHA256 with N iterations, which makes the transform CPU bound. 0 to 100,000,000, default 0.</summary>
    [Range(0, 100_000_000)]
    public int FingerprintIterations { get; set; }
}
