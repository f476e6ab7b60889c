namespace Ingestion.Upstream;

/// <summary>What one HTTP attempt brought: a body, the certainty that there is none, or a failure.</summary>
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

    public static FetchResult Found(ReadOnlyMemory<byte> body) => new(body, isMissing: false, failure: null);

    public static FetchResult Missing() => new(default, isMissing: true, failure: null);

    public static FetchResult Failed(FetchFailure failure) => new(default, isMissing: false, failure);
}
