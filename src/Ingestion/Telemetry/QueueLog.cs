namespace Ingestion.Telemetry;

/// <summary>Log messages about a queue, event IDs 4000 to 4099. A broker shows itself without its password.</summary>
internal static partial class QueueLog
{
    [LoggerMessage(4000, LogLevel.Warning, "{Broker} cannot be used right now: {Problem}. Nothing is lost: what is not settled comes back")]
    public static partial void WaitingForBroker(ILogger logger, object broker, string problem);

    [LoggerMessage(4001, LogLevel.Information, "{Broker} can be used again after {Seconds:F1} s")]
    public static partial void BrokerReached(ILogger logger, object broker, double seconds);

    [LoggerMessage(4002, LogLevel.Warning, "{Broker} takes no messages for now: {Reason}. What is to be published waits until it does; give the broker memory or disk space")]
    public static partial void PublishersBlocked(ILogger logger, object broker, string reason);

    [LoggerMessage(4003, LogLevel.Information, "{Broker} takes messages again after {Seconds:F1} s")]
    public static partial void PublishersUnblocked(ILogger logger, object broker, double seconds);

    [LoggerMessage(4010, LogLevel.Information, "Taking messages from {Queue}, at most {Prefetch} at once, and about {Ids} IDs")]
    public static partial void Consuming(ILogger logger, string queue, int prefetch, int ids);

    [LoggerMessage(4011, LogLevel.Warning, "No more messages come from {Queue}: {Problem}. What is in flight is finished; what cannot be settled comes back and is recognised")]
    public static partial void ConsumerLost(ILogger logger, string queue, string problem);

    [LoggerMessage(4012, LogLevel.Information, "{Queue} has been empty for {Idle}; the run ends")]
    public static partial void QueueIdle(ILogger logger, string queue, TimeSpan idle);

    [LoggerMessage(4013, LogLevel.Warning, "Publishing to {Queue} was interrupted: {Problem}. {Ids} IDs are in it; the rest follows when the broker is there again")]
    public static partial void PublishingInterrupted(ILogger logger, string queue, string problem, long ids);

    [LoggerMessage(4014, LogLevel.Warning, "Nothing can be published right now: {Problem}. What has failed stays unsettled in {Queue} and is tried again; if {DeadQueue} is full, make room in it")]
    public static partial void PublishingWaits(ILogger logger, string problem, string queue, string deadQueue);

    [LoggerMessage(4015, LogLevel.Information, "What was to be published gets through again")]
    public static partial void PublishingGoesOn(ILogger logger);

    [LoggerMessage(4016, LogLevel.Information, "A message was not settled within {Limit}: the {Left} of its {Ids} IDs that are left go back to {Queue}")]
    public static partial void MessageReturned(ILogger logger, TimeSpan limit, long left, int ids, string queue);

    [LoggerMessage(4017, LogLevel.Warning, "The broker took all messages back because one was not settled within {Timeout}. From now on they are returned after {Limit}; set RabbitMq:ReturnAfter to less than the broker's consumer_timeout")]
    public static partial void AcknowledgedTooLate(ILogger logger, TimeSpan timeout, TimeSpan limit);

    [LoggerMessage(4018, LogLevel.Information, "No messages go ahead for now, as {Queue} cannot be used: {Problem}. It is looked for again")]
    public static partial void NothingUrgent(ILogger logger, string queue, string problem);

    [LoggerMessage(4020, LogLevel.Warning, "A message cannot be understood and is now in {DeadQueue}: {Problem}")]
    public static partial void MessageRefused(ILogger logger, string deadQueue, string problem);

    [LoggerMessage(4021, LogLevel.Warning, "{Queue} delivered a message again that came back {Times} times; at {Limit} the broker moves it to the dead messages")]
    public static partial void ComesBackOften(ILogger logger, string queue, long times, int limit);
}
