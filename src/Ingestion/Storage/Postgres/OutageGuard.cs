using Ingestion.Telemetry;
using Microsoft.Extensions.Logging;

namespace Ingestion.Storage.Postgres;

/// <summary>
/// Waits out a database that is away: repeats the work after 0.1 s, 0.2 s … 5 s for as long as it takes. It says so once per outage,
/// and once when it is over. One guard per caller: not thread-safe.
/// </summary>
internal sealed class OutageGuard(PostgresTarget target, StorageHealth health, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    /// <summary>Runs the work until it succeeds or fails for a reason that waiting does not cure. It must be safe to repeat, even after a commit whose answer was lost.</summary>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        long? outage = null;
        for (TimeSpan delay = FirstDelay; ; delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
        {
            try
            {
                T result = await work(cancellationToken);
                health.ReportReachable();
                if (outage is { } since)
                    StorageLog.OutageEnded(logger, target, time.GetElapsedTime(since).TotalSeconds);
                return result;
            }
            catch (Exception exception) when (PostgresErrors.IsTransient(exception))
            {
                string problem = PostgresErrors.Describe(exception);
                health.ReportUnreachable(problem);
                if (outage is null)
                    StorageLog.OutageStarted(logger, target, problem);
                outage ??= time.GetTimestamp();
            }

            await Task.Delay(delay, time, cancellationToken);
        }
    }

    /// <summary>As <see cref="RunAsync{T}"/>, without a result.</summary>
    public Task RunAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken) =>
        RunAsync(async token => { await work(token); return true; }, cancellationToken);
}
