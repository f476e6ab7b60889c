using Microsoft.Extensions.Logging;

namespace Ingestion.Telemetry;

/// <summary>Log messages about a queue, event IDs 4000 to 4099. A broker shows itself without its password.</summary>
internal static partial class QueueLog
{
    [LoggerMessage(4000, LogLevel.Warning, "{Broker} cannot be used right now: {Problem}. Nothing is lost: what is not settled comes back")]
    public static partial void WaitingForBroker(ILogger logger, object broker, string problem);

    [LoggerMessage(4001, LogLevel.Information, "{Broker} can be used again after {Seconds:F1} s")]
    public static partial void BrokerReached(ILogger logger, object broker, double seconds);

    [LoggerMessage(4010, LogLevel.Information, "Taking messages from {Queue}, up to {Prefetch} at once")]
    public static partial void Consuming(ILogger logger, string queue, int prefetch);

    [LoggerMessage(4011, LogLevel.Warning, "No more messages come from {Queue}: {Problem}. What is in flight is finished; what cannot be settled comes back and is recognised")]
    public static partial void ConsumerLost(ILogger logger, string queue, string problem);

    [LoggerMessage(4012, LogLevel.Information, "{Queue} has been empty for {Idle}; the run ends")]
    public static partial void QueueIdle(ILogger logger, string queue, TimeSpan idle);

    [LoggerMessage(4013, LogLevel.Warning, "Publishing to {Queue} was interrupted: {Problem}. Everything up to ID {LastId} is in it; the rest follows when the broker is there again")]
    public static partial void PublishingInterrupted(ILogger logger, string queue, string problem, int lastId);

    [LoggerMessage(4020, LogLevel.Warning, "A message cannot be understood and is now in {DeadQueue}: {Problem}")]
    public static partial void MessageRefused(ILogger logger, string deadQueue, string problem);

    [LoggerMessage(4021, LogLevel.Warning, "{Queue} delivered a message again that came back {Times} times; at {Limit} the broker puts it with the dead ones")]
    public static partial void ComesBackOften(ILogger logger, string queue, long times, int limit);
}
