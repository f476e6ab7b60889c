using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Worker.Hosting;

/// <summary>Sends what is still waiting at the end of a run, and at the end of the process, for a bounded time only: a collector that does not answer must not hold up the worker.</summary>
internal sealed class TelemetryFlush(ExportedSignals exported, IServiceProvider services, ILogger<TelemetryFlush> logger)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    public bool AreTracesExported => exported.Traces;

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
        bool[] sent = await Task.WhenAll(flushes);
        if (sent.Contains(value: false))
            Log.FlushTimedOut(logger, Timeout);
    }

    // The SDK offers only blocking calls, and each may block for the whole timeout.
    private static Task<bool> OnItsOwnThread(Func<bool> flush) =>
        Task.Factory.StartNew(flush, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
