namespace Ingestion.Upstream;

/// <summary>Makes one HTTP attempt for one item or several. Failures are values; only cancellation by <c>abort</c> throws.</summary>
internal interface IUpstream
{
    /// <summary>Blocks the calling thread until the attempt has ended.</summary>
    FetchResult Fetch(FetchRequest request, CancellationToken abort);

    /// <summary>Waits without a thread until the attempt has ended; continues on the caller's context.</summary>
    ValueTask<FetchResult> FetchAsync(FetchRequest request, CancellationToken abort);
}
