namespace Worker.Hosting;

/// <summary>What the worker logs.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 100, Level = LogLevel.Information, Message = "The next run starts in {Pause}")]
    public static partial void NextRun(ILogger logger, TimeSpan pause);

    [LoggerMessage(EventId = 101, Level = LogLevel.Warning, Message = "Stopped with items in flight given up; the next run does them again")]
    public static partial void GaveUp(ILogger logger);

    [LoggerMessage(EventId = 102, Level = LogLevel.Critical, Message = "The worker failed: {Reason}")]
    public static partial void Failed(ILogger logger, string reason);

    [LoggerMessage(EventId = 103, Level = LogLevel.Debug, Message = "Where the failure came from")]
    public static partial void FailedBecause(ILogger logger, Exception exception);

    [LoggerMessage(EventId = 104, Level = LogLevel.Warning, Message = "Not all telemetry could be sent; is the collector at OTEL_EXPORTER_OTLP_ENDPOINT reachable?")]
    public static partial void NotAllSent(ILogger logger);
}
