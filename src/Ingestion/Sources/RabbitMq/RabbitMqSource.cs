using System.Runtime.CompilerServices;
using Ingestion.Characters;
using Ingestion.Telemetry;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace Ingestion.Sources.RabbitMq;

/// <summary>
/// Delivers what stands in a queue, to this worker and any others at the same time. A message is acknowledged when the outcomes of all its IDs are committed, and not before, so the
/// broker delivers it again should this process die; its outcomes are then recognised by their job. What failed, and what cannot be understood, goes to the queue of the dead.
/// </summary>
/// <param name="broker">The way to the broker.</param>
/// <param name="options">The queue.</param>
/// <param name="prefetch">The most messages that are not settled.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class RabbitMqSource(BrokerConnector broker, RabbitMqOptions options, int prefetch, TimeProvider time, ILogger<RabbitMqSource> logger) : IItemSource
{
    private volatile ConsumerSession? _session;

    public bool HasEnd => options.StopWhenIdle is not null;

    public async Task<SourceDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        return new SourceDescription("rabbitmq:" + options.Queue, Count: null, IsShared: true);
    }

    public async IAsyncEnumerable<SourceItem> ReadAsync(SourceDescription description, [EnumeratorCancellation] CancellationToken stopReading)
    {
        ConsumerSession session = await BeginAsync(_session, stopReading);
        try
        {
            while (!stopReading.IsCancellationRequested)
            {
                if (await NextAsync(session, stopReading) is { } delivery)
                {
                    if (delivery.Message is not { } message)
                    {
                        await RefuseAsync(delivery);
                        continue;
                    }

                    delivery.Open(message.Ids.Count);
                    foreach (int id in message.Ids)
                        yield return new SourceItem(id, delivery.Origin, delivery, message.Job);
                }
                else if (session.Problem is { } problem)
                {
                    QueueLog.ConsumerLost(logger, options.Queue, problem);
                    await session.CloseAsync();
                    session = await BeginAsync(opened: null, stopReading);
                }
                else
                {
                    QueueLog.QueueIdle(logger, options.Queue, options.StopWhenIdle!.Value);
                    yield break;
                }
            }
        }
        finally
        {
            await session.StopReadingAsync();
        }
    }

    public async ValueTask SettleAsync(SourceItem item, Outcome outcome, string? reason)
    {
        if (item.Receipt is not Delivery delivery)
            return;

        if (outcome is Outcome.Failed)
        {
            QueueMessage failed = new(new IdRanges([new IdRange(item.CharacterId, item.CharacterId)]), item.Job);
            // Without it the message stays unsettled, comes again, and the outcome that is stored already leads here.
            if (!await delivery.Session.DeadLetterAsync(MessageCodec.Encode(failed), DeadLetterHeaders.For(item.CharacterId, reason)))
                return;
        }

        if (delivery.EndOne())
            await delivery.Session.AcknowledgeAsync(delivery);
    }

    public async ValueTask EndAsync()
    {
        ConsumerSession? session = _session;
        _session = null;
        if (session is not null)
            await session.CloseAsync();
    }

    private async Task<ConsumerSession> OpenAsync(CancellationToken cancellationToken)
    {
        IConnection connection = await broker.ConnectAsync(cancellationToken);
        return _session = new ConsumerSession(connection, broker.Topology, prefetch, options.DeliveryLimit, time, logger);
    }

    /// <summary>Takes messages over the session that is open already, or a new one: the broker may have gone away in between.</summary>
    private async Task<ConsumerSession> BeginAsync(ConsumerSession? opened, CancellationToken stopReading)
    {
        for (ConsumerSession? next = opened; ; next = null)
        {
            ConsumerSession session = next ?? await OpenAsync(stopReading);
            try
            {
                await session.StartAsync(stopReading);
                return session;
            }
            catch (Exception exception) when (BrokerProblem.IsOfBroker(exception) && !stopReading.IsCancellationRequested)
            {
                await session.CloseAsync();
            }
        }
    }

    /// <summary>The next message; null when none comes any more over this session, or the queue was empty for long enough.</summary>
    private async Task<Delivery?> NextAsync(ConsumerSession session, CancellationToken stopReading)
    {
        while (true)
        {
            // What is left of a session that has ended comes again over the next one.
            if (session.Problem is not null)
                return null;
            if (session.Deliveries.TryRead(out Delivery? delivery))
                return delivery;
            if (options.StopWhenIdle is { } enough && session.IdleFor >= enough)
                return null;

            using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(stopReading);
            Task<bool> waiting = session.Deliveries.WaitToReadAsync(over.Token).AsTask();
            Task idle = options.StopWhenIdle is { } limit ? Task.Delay(Patience(limit - session.IdleFor), time, over.Token) : Task.Delay(Timeout.InfiniteTimeSpan, time, over.Token);
            if (await Task.WhenAny(waiting, idle) == waiting && !await waiting)
                return null;
            await over.CancelAsync();
            await Task.WhenAny(waiting);
        }
    }

    private static TimeSpan Patience(TimeSpan left) => left > TimeSpan.FromMilliseconds(10) ? left : TimeSpan.FromMilliseconds(10);

    private async Task RefuseAsync(Delivery delivery)
    {
        if (!await delivery.Session.DeadLetterAsync(delivery.Body, DeadLetterHeaders.For(delivery)))
            return;

        QueueLog.MessageRefused(logger, broker.Topology.DeadQueue, delivery.Problem ?? "");
        await delivery.Session.AcknowledgeAsync(delivery);
    }
}
