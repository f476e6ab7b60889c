namespace Ingestion.Upstream;

/// <summary>Fetches one character with one HTTP attempt. Failures are values; only cancellation by <c>abort</c> throws.</summary>
internal interface IUpstream
{
    /// <summary>Blocks the calling thread until the attempt has ended.</summary>
    FetchResult Fetch(int characterId, CancellationToken abort);

    /// <summary>Waits without a thread until the attempt has ended; continues on the caller's context.</summary>
    ValueTask<FetchResult> FetchAsync(int characterId, CancellationToken abort);
}
