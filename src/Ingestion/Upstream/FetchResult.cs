namespace Ingestion.Upstream;

/// <summary>What one HTTP attempt brought: a body, the certainty that there is none or that it is the one known already, or a failure.</summary>
internal readonly struct FetchResult
{
    private FetchResult(ReadOnlyMemory<byte> body, bool isMissing, FetchFailure? failure)
    {
        Body = body;
        IsMissing = isMissing;
        Failure = failure;
    }

    /// <summary>The response body, decompressed; empty unless the fetch succeeded.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>The upstream answered that there is no such character.</summary>
    public bool IsMissing { get; }

    /// <summary>Why the attempt failed, or null.</summary>
    public FetchFailure? Failure { get; }

    /// <summary>The upstream answered that the record is still the one whose entity tag was sent.</summary>
    public bool IsNotModified { get; private init; }

    /// <summary>The entity tag that came with the body, or null.</summary>
    public string? EntityTag { get; private init; }

    /// <summary>What the body has of the memory for all bodies; whoever is done with the body disposes of it. Null for a body that was not read from the upstream.</summary>
    public BodyShare? Share { get; private init; }

    public static FetchResult Found(ReadOnlyMemory<byte> body, string? entityTag = null, BodyShare? share = null) =>
        new(body, isMissing: false, failure: null) { EntityTag = entityTag, Share = share };

    public static FetchResult NotModified() => new(default, isMissing: false, failure: null) { IsNotModified = true };

    public static FetchResult Missing() => new(default, isMissing: true, failure: null);

    public static FetchResult Failed(FetchFailure failure) => new(default, isMissing: false, failure);
}
