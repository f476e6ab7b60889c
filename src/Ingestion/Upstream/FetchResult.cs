namespace Ingestion.Upstream;

/// <summary>What one HTTP attempt brought: a body, the certainty that there is none or that it is the one known already, or a failure.</summary>
internal sealed class FetchResult
{
    /// <summary>The response body, decompressed; empty unless the fetch succeeded.</summary>
    public ReadOnlyMemory<byte> Body { get; private init; }

    /// <summary>The upstream answered that there is no such record.</summary>
    public bool IsMissing { get; private init; }

    /// <summary>Why the attempt failed, or null.</summary>
    public FetchFailure? Failure { get; private init; }

    /// <summary>The HTTP status of the answer; null without one that counts.</summary>
    public int? StatusCode { get; private init; }

    /// <summary>The upstream answered that the record is still the one whose entity tag was sent.</summary>
    public bool IsNotModified { get; private init; }

    /// <summary>The entity tag that came with the body, or null.</summary>
    public string? EntityTag { get; private init; }

    /// <summary>What the body has of the memory for all bodies; whoever is done with the body disposes of it. Null for a body that was not read from the upstream.</summary>
    public BodyShare? Share { get; private init; }

    /// <summary>What the answer announced of the requests that are left, or null.</summary>
    public Quota? Quota { get; set; }

    /// <summary>What came, its body read; null for one that was not read from the upstream.</summary>
    public HttpResponseMessage? Response { get; private init; }

    public static FetchResult Found(ReadOnlyMemory<byte> body, string? entityTag = null, BodyShare? share = null, HttpResponseMessage? response = null) =>
        new() { Body = body, EntityTag = entityTag, Share = share, StatusCode = 200, Response = response };

    public static FetchResult NotModified() => new() { IsNotModified = true };

    public static FetchResult Missing(int statusCode = 404) => new() { IsMissing = true, StatusCode = statusCode };

    public static FetchResult Failed(FetchFailure failure) => new() { Failure = failure, StatusCode = failure.StatusCode };
}
