namespace Worker.Hosting;

/// <summary>
/// Sends what is still waiting at the end of a run, for a bounded time only: a collector that does not answer must not hold up the worker. Says once what
/// cannot be sent, and why.
/// </summary>
internal sealed class TelemetryFlush
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly ExportedSignals _exported;
    private readonly IServiceProvider _services;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<TelemetryFlush> _logger;

    public TelemetryFlush(ExportedSignals exported, IServiceProvider services, TimeProvider timeProvider, ILogger<TelemetryFlush> logger)
    {
        (_exported, _services, _timeProvider, _logger) = (exported, services, timeProvider, logger);
        foreach (ExportedSignal signal in exported.All)
            signal.HasNews += Say;
    }

    public string? WhyNoTraces => _exported.Traces.WhyNot;

    public async Task FlushAsync()
    {
        int milliseconds = (int)Timeout.TotalMilliseconds;
        List<(ExportedSignal Signal, Task<bool> Sent)> flushes = [];
        if (_exported.Traces.WhyNot is null && _services.GetService<TracerProvider>() is { } tracer)
            flushes.Add((_exported.Traces, OnItsOwnThread(() => tracer.ForceFlush(milliseconds))));
        if (_exported.Metrics.WhyNot is null && _services.GetService<MeterProvider>() is { } meter)
            flushes.Add((_exported.Metrics, OnItsOwnThread(() => meter.ForceFlush(milliseconds))));
        if (_exported.Logs.WhyNot is null && _services.GetService<LoggerProvider>() is { } log)
            flushes.Add((_exported.Logs, OnItsOwnThread(() => log.ForceFlush(milliseconds))));

        // A flush of metrics takes as long as the export does, whatever timeout it was given.
        await Task.WhenAll(flushes.Select(flush => (Task)flush.Sent)).WaitAsync(Timeout + TimeSpan.FromMilliseconds(200), _timeProvider)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach ((ExportedSignal signal, Task<bool> sent) in flushes)
        {
            bool isSent = sent.IsCompletedSuccessfully && await sent;
            if (!isSent && signal.Problem is null)
                signal.NotSent(ExportHandler.NoAnswer);
            Say(signal);
        }
    }

    private void Say(ExportedSignal signal)
    {
        if (signal.TakeNews() is not { } news)
            return;

        if (signal.IsRefused)
            Log.NotTaken(_logger, signal.Address, signal.Name, news);
        else
            Log.NotSent(_logger, signal.Name, signal.Address, news);
    }

    // The SDK offers only blocking calls, and each may block for the whole timeout.
    private static Task<bool> OnItsOwnThread(Func<bool> flush) =>
        Task.Factory.StartNew(flush, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
