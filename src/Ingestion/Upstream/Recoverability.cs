namespace Ingestion.Upstream;

/// <summary>
/// Decides what to do about a failed attempt; it carries nothing out. What is lasting is dead-lettered at once, what may pass is tried
/// again until <c>Upstream:MaxAttempts</c> counted attempts or <c>Upstream:ItemTimeout</c> are used up. An attempt is not counted when its failure says nothing
/// about the item: see <see cref="IsCounted"/>.
/// </summary>
internal static class Recoverability
{
    /// <summary>The back-off before the second attempt lasts up to this long; each further one up to twice as long.</summary>
    public static readonly TimeSpan BaseDelay = TimeSpan.FromMilliseconds(200);

    /// <summary>No back-off is longer than this; a <c>Retry-After</c> may be.</summary>
    public static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(30);

    // An attempt that is not counted does not lengthen its own back-off, so it starts with that of a fourth attempt: up to 1.6 s.
    private const int UncountedAttempts = 4;

    /// <param name="countedAttempts">Counted attempts at the item so far, this one included; 1 or more.</param>
    /// <param name="maxAttempts">Counted attempts after which the item is dead-lettered.</param>
    /// <param name="isTimeUp">Whether the counted attempts, this one included, took as long as the item may take.</param>
    /// <param name="jitter">A random number from 0 to 1.</param>
    public static RecoverabilityAction Decide(
        FetchFailure failure, int countedAttempts, int maxAttempts, bool isTimeUp, bool isProbe, double jitter)
    {
        if (!IsTransient(failure))
            return new RecoverabilityAction(IsRetry: false, TimeSpan.Zero, IsCounted: true);

        bool isCounted = IsCounted(failure, isProbe);
        if (isCounted && (isTimeUp || countedAttempts >= maxAttempts))
            return new RecoverabilityAction(IsRetry: false, TimeSpan.Zero, IsCounted: true);

        return isCounted
            ? new RecoverabilityAction(IsRetry: true, Delay(failure, countedAttempts, jitter), IsCounted: true)
            : Postpone(failure, countedAttempts, jitter);
    }

    /// <summary>Puts an attempt off, whatever the failure: it was not the item's.</summary>
    public static RecoverabilityAction Postpone(FetchFailure failure, int countedAttempts, double jitter) =>
        new(IsRetry: true, Delay(failure, Math.Max(countedAttempts, UncountedAttempts), jitter), IsCounted: false);

    /// <summary>Whether another attempt may go better. Who says when to come back expects it, whatever the status.</summary>
    public static bool IsTransient(FetchFailure failure) => failure.AsksForPause || failure.Kind is
        FetchFailureKind.Timeout or FetchFailureKind.ConnectionFailed or FetchFailureKind.ConnectionLost or
        FetchFailureKind.RequestTimeout or FetchFailureKind.TooManyRequests or FetchFailureKind.ServerError;

    /// <summary>
    /// Full jitter: evenly spread between nothing and an exponentially growing, capped bound. Source: Marc Brooker, "Exponential
    /// Backoff And Jitter", https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/.
    /// </summary>
    public static TimeSpan BackOff(int attempts, double jitter)
    {
        // 2^30 × 200 ms is years; a larger exponent would only overflow.
        TimeSpan bound = BaseDelay * Math.Pow(2, Math.Clamp(attempts - 1, 0, 30));
        return (bound < MaxDelay ? bound : MaxDelay) * jitter;
    }

    // Retry-After wins; never early, and not all at the same moment.
    private static TimeSpan Delay(FetchFailure failure, int attempts, double jitter) =>
        failure.RetryAfter is { } retryAfter ? retryAfter + (BaseDelay * jitter) : BackOff(attempts, jitter);

    /// <summary>
    /// Whether a failed attempt counts against its item. All items go to one upstream, so "no connection" is never the fault of an item, nor is "too many
    /// requests" or being asked to come back later. A probe goes to an upstream that is known to be in trouble. An item that fails in any other way is
    /// counted: should it fail alone while others succeed, it ends as a dead letter. So does one that is put off again and again while others are answered.
    /// </summary>
    public static bool IsCounted(FetchFailure failure, bool isProbe) =>
        !isProbe && !failure.AsksForPause && failure.Kind is not (FetchFailureKind.TooManyRequests or FetchFailureKind.ConnectionFailed);
}
