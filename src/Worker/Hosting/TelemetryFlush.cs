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
        (ExportedSignal Signal, Task<bool> Sent)[] flushes =
        [
            .. Flush<TracerProvider>(_exported.Traces, FlushTraces),
            .. Flush<MeterProvider>(_exported.Metrics, (provider, timeout) => provider.ForceFlush(timeout)),
            .. Flush<LoggerProvider>(_exported.Logs, (provider, timeout) => provider.ForceFlush(timeout)),
        ];

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

    /// <summary>The SDK's flush is over when the last spans have been taken to be sent: they are counted when they have arrived.</summary>
    private bool FlushTraces(TracerProvider provider, int timeout)
    {
        bool isFlushed = provider.ForceFlush(timeout);
        lock (_services.GetRequiredService<SpanCounts>().Sending)
            return isFlushed;
    }

    /// <summary>On a separate thread: the SDK offers only blocking calls, and each may block for the whole timeout.</summary>
    private IEnumerable<(ExportedSignal Signal, Task<bool> Sent)> Flush<T>(ExportedSignal signal, Func<T, int, bool> flush)
        where T : class
    {
        if (signal.WhyNot is null && _services.GetService<T>() is { } provider)
            yield return (signal, Task.Factory.StartNew(() => flush(provider, (int)Timeout.TotalMilliseconds), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
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
}
