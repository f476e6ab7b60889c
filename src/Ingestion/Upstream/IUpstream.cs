using Ingestion.Items;

namespace Ingestion.Upstream;

/// <summary>
/// Fetches one character, or several, with one HTTP attempt, which ends after <c>Upstream:AttemptTimeout</c> or <c>timeLeft</c>, whichever is shorter.
/// Failures are values; only cancellation by <c>abort</c> throws. With an <c>entityTag</c> the record is fetched only if it has another one by now.
/// </summary>
internal interface IUpstream
{
    /// <summary>Blocks the calling thread until the attempt has ended.</summary>
    FetchResult Fetch(ItemKey key, TimeSpan timeLeft, CancellationToken abort, string? entityTag = null);

    /// <summary>Waits without a thread until the attempt has ended; continues on the caller's context.</summary>
    ValueTask<FetchResult> FetchAsync(ItemKey key, TimeSpan timeLeft, CancellationToken abort, string? entityTag = null);

    /// <summary>As <see cref="Fetch"/>, for several: the body is an array of those that exist.</summary>
    FetchResult FetchSeveral(IReadOnlyList<ItemKey> keys, TimeSpan timeLeft, CancellationToken abort);

    /// <summary>As <see cref="FetchAsync"/>, for several: the body is an array of those that exist.</summary>
    ValueTask<FetchResult> FetchSeveralAsync(IReadOnlyList<ItemKey> keys, TimeSpan timeLeft, CancellationToken abort);
}
