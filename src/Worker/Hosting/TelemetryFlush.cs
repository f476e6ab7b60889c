using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Worker.Hosting;

/// <summary>Sends what is still waiting at the end of a run, for a bounded time only: a collector that does not answer must not hold up the worker.</summary>
internal sealed class TelemetryFlush(ExportedSignals exported, IServiceProvider services, TimeProvider timeProvider, ILogger<TelemetryFlush> logger)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    public string? WhyNoTraces => exported.WhyNoTraces;

    public async Task FlushAsync()
    {
        int milliseconds = (int)Timeout.TotalMilliseconds;
        List<Task<bool>> flushes = [];
        if (exported.Traces && services.GetService<TracerProvider>() is { } tracer)
            flushes.Add(OnItsOwnThread(() => tracer.ForceFlush(milliseconds)));
        if (exported.Metrics && services.GetService<MeterProvider>() is { } meter)
            flushes.Add(OnItsOwnThread(() => meter.ForceFlush(milliseconds)));
        if (exported.Logs && services.GetService<LoggerProvider>() is { } log)
            flushes.Add(OnItsOwnThread(() => log.ForceFlush(milliseconds)));

        try
        {
            // A flush of metrics takes as long as the export does, whatever timeout it was given.
            bool[] isSent = await Task.WhenAll(flushes).WaitAsync(Timeout + TimeSpan.FromMilliseconds(200), timeProvider);
            if (isSent.Contains(value: false))
                Log.NotAllSent(logger);
        }
        catch (TimeoutException)
        {
            Log.NotAllSent(logger);
        }
    }

    // The SDK offers only blocking calls, and each may block for the whole timeout.
    private static Task<bool> OnItsOwnThread(Func<bool> flush) =>
        Task.Factory.StartNew(flush, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
