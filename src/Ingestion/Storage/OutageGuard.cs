using Ingestion.Storage.Postgres;

namespace Ingestion.Storage;

/// <summary>
/// Waits while the database is away: repeats the work after 0.1 s, 0.2 s … 5 s for as long as it takes. It says so once per outage,
/// and once when it is over. One guard per caller: not thread-safe.
/// </summary>
internal sealed class OutageGuard(PostgresStorageErrors errors, StorageHealth health, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Runs the work until it succeeds, or fails for a reason that waiting does not cure or that <paramref name="isForCaller"/>. It must be safe to repeat, even after a commit whose answer was lost.
    /// </summary>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> work, Func<Exception, bool> isForCaller, CancellationToken cancellationToken)
    {
        long? outage = null;
        for (TimeSpan delay = FirstDelay; ; delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
        {
            try
            {
                T result = await AttemptAsync(work, cancellationToken);
                health.ReportReachable();
                if (outage is { } since)
                    StorageLog.OutageEnded(logger, errors.Target, time.GetElapsedTime(since).TotalSeconds);
                return result;
            }
            catch (Exception exception) when (PostgresErrors.Judge(exception) is StorageVerdict.Wait && !isForCaller(exception))
            {
                errors.PrepareRetry(exception);
                string problem = PostgresErrors.Describe(exception);
                health.ReportUnreachable(problem);
                if (outage is null)
                    StorageLog.OutageStarted(logger, errors.Target, problem);
                outage ??= time.GetTimestamp();
            }

            await Task.Delay(delay, time, cancellationToken);
        }
    }

    /// <summary>Runs the work until it succeeds.</summary>
    /// <exception cref="IngestionConfigurationException">It failed for a reason that waiting does not cure.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            return await RunAsync(work, static _ => false, cancellationToken);
        }
        catch (Exception exception) when (PostgresErrors.Judge(exception) is not null)
        {
            throw errors.Explain(exception);
        }
    }

    /// <summary>What is to be thrown when the database answers, and refuses everything.</summary>
    public IngestionUnavailableException Refused(string problem) => new($"{errors.Target}: {problem}, then start again: what has no outcome is done then");

    /// <summary>
    /// Leaves the work at once when cancelled. A driver may tell the server first, blocking, and on a network that is
    /// silent that takes long: the work ends behind the caller's back, and has to close what it opened.
    /// </summary>
    public static async Task<T> AttemptAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        var abandoned = new CancellationTokenSource();
        await using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static state => _ = ((CancellationTokenSource)state!).CancelAsync(), abandoned);
        return await work(abandoned.Token).WaitAsync(cancellationToken);
    }
}
