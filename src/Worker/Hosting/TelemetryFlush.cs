using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Worker.Hosting;

/// <summary>Sends what is still waiting at the end of a run, and at the end of the process, for a bounded time only: a collector that does not answer must not hold up the worker.</summary>
internal sealed class TelemetryFlush(ExportedSignals exported, IServiceProvider services, ILogger<TelemetryFlush> logger)
{
    private const int FlushMilliseconds = 5_000;

    // After a flush there is hardly anything left to send. Without this, disposing each provider in turn waits 5 s for a collector that hangs.
    private const int ShutdownMilliseconds = 1_000;

    public bool AreTracesExported => exported.Traces;

    public async Task FlushAsync()
    {
        bool[] isSent = await AllAtOnceAsync(
            tracer => tracer.ForceFlush(FlushMilliseconds), meter => meter.ForceFlush(FlushMilliseconds), log => log.ForceFlush(FlushMilliseconds));
        if (isSent.Contains(value: false))
            Log.NotAllSent(logger);
    }

    /// <summary>Ends the export, just before the host is disposed.</summary>
    public Task ShutdownAsync() => AllAtOnceAsync(
        tracer => tracer.Shutdown(ShutdownMilliseconds), meter => meter.Shutdown(ShutdownMilliseconds), log => log.Shutdown(ShutdownMilliseconds));

    private Task<bool[]> AllAtOnceAsync(Func<TracerProvider, bool> onTracer, Func<MeterProvider, bool> onMeter, Func<LoggerProvider, bool> onLogger)
    {
        List<Task<bool>> calls = [];
        if (exported.Traces && services.GetService<TracerProvider>() is { } tracer)
            calls.Add(OnItsOwnThread(() => onTracer(tracer)));
        if (exported.Metrics && services.GetService<MeterProvider>() is { } meter)
            calls.Add(OnItsOwnThread(() => onMeter(meter)));
        if (exported.Logs && services.GetService<LoggerProvider>() is { } log)
            calls.Add(OnItsOwnThread(() => onLogger(log)));
        return Task.WhenAll(calls);
    }

    // The SDK offers only blocking calls, and each may block for the whole timeout.
    private static Task<bool> OnItsOwnThread(Func<bool> call) =>
        Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
