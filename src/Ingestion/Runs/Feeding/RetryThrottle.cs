using Ingestion.Upstream;

namespace Ingestion.Runs.Feeding;

/// <summary>Lets retries that are due wait until the <see cref="RetryBudget"/> has room for them. One caller at a time; with urgent items one of each kind, and a line in the log may come twice.</summary>
internal sealed class RetryThrottle(RetryBudget budget, IngestionMetrics metrics, TimeProvider timeProvider, ILogger logger)
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LogInterval = TimeSpan.FromMinutes(1);

    private bool _isLogged;
    private long _loggedAt;

    /// <param name="share">How much of a request the retry is.</param>
    public async ValueTask WaitForTurnAsync(double share, CancellationToken stopReading)
    {
        if (budget.TryTakeRetry(share))
            return;

        metrics.RetryThrottled();
        if (!_isLogged || timeProvider.GetElapsedTime(Volatile.Read(ref _loggedAt)) >= LogInterval)
        {
            Volatile.Write(ref _loggedAt, timeProvider.GetTimestamp());
            _isLogged = true;
            logger.RetriesHeldBack();
        }

        do
            await Task.Delay(CheckInterval, timeProvider, stopReading);
        while (!budget.TryTakeRetry(share));
    }
}
