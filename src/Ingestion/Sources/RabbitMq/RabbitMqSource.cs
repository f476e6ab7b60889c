using System.Text.RegularExpressions;
using RabbitMQ.Client;

namespace Ingestion.Sources.RabbitMq;

/// <summary>
/// Delivers what stands in a queue, to this worker and any others at the same time. A message is acknowledged when the outcomes of all its IDs are committed, and not before, so the
/// broker delivers it again should this process die; its outcomes are then recognised by their job. What failed, and what cannot be understood, goes to the queue of the dead.
/// </summary>
internal sealed partial class RabbitMqSource(BrokerConnector broker, RabbitMqOptions options, bool hasTextKeys, Prefetch prefetch, TimeProvider time, ILogger<RabbitMqSource> logger)
    : IItemSource, IDisposable
{
    private volatile ConsumerSession? _session;

    /// <summary>One place for each ID that is in the run: a message may have more than it can use.</summary>
    private SemaphoreSlim _room = new(prefetch.Ids);
    private TimeSpan _returnAfter = options.ReturnAfter;

    public bool HasEnd => options.StopWhenIdle is not null;

    public async Task<SourceDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        return new SourceDescription("rabbitmq:" + options.Queue, Count: null, IsShared: true);
    }

    public async IAsyncEnumerable<SourceItem> ReadAsync(SourceDescription description, [EnumeratorCancellation] CancellationToken stopReading)
    {
        // What the run before did not begin with has no outcome, and keeps its place there.
        _room = new SemaphoreSlim(prefetch.Ids);
        ConsumerSession session = _session ?? await OpenAsync(stopReading);
        try
        {
            await session.StartAsync(stopReading);
            while (!stopReading.IsCancellationRequested)
            {
                if (await NextAsync(session, stopReading) is { } delivery)
                {
                    await session.AdjustPrefetchAsync(stopReading);
                    if (delivery.Message is null && !delivery.IsReturned)
                        session.Start(() => BuryAsync(delivery, key: default, delivery.Body, MessageHeaders.OfRefusal(delivery)));
                    foreach (ItemKey key in delivery.Message?.Keys ?? [])
                    {
                        await _room.WaitAsync(stopReading);
                        if (delivery.IsReturned || session.Problem is not null)
                        {
                            _room.Release();
                            break;
                        }

                        yield return new SourceItem(key, delivery.Origin, delivery, delivery.Message!.Job, delivery.IsRedelivered);
                    }
                }
                else if (session.Problem is { } problem)
                {
                    QueueLog.ConsumerLost(logger, options.Queue, problem);
                    LearnFrom(problem);
                    await session.DisposeAsync();
                    session = await OpenAsync(stopReading);
                    await session.StartAsync(stopReading);
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

        _room.Release();
        // Nobody waits for a dead letter: the broker may not take it for long, and other items need the slot.
        if (outcome is Outcome.Failed)
            delivery.Session.Start(() => BuryAsync(delivery, item.Key, QueueMessage.Of([item.Key], item.Job).Encode(), MessageHeaders.OfFailure(item.Key, reason)));
        else if (delivery.EndOne(item.Key))
            await delivery.Session.SettleAsync(delivery, isDone: true);
    }

    public async ValueTask EndAsync()
    {
        ConsumerSession? session = _session;
        _session = null;
        if (session is not null)
            await session.DisposeAsync();
    }

    public void Dispose() => _room.Dispose();

    private async Task<ConsumerSession> OpenAsync(CancellationToken cancellationToken)
    {
        IConnection connection = await broker.ConnectAsync(cancellationToken);
        return _session = new ConsumerSession(connection, broker, prefetch, options, hasTextKeys, _returnAfter, time, logger);
    }

    /// <summary>The next message; null when none comes any more over this session, or the queue was empty for long enough.</summary>
    private async Task<Delivery?> NextAsync(ConsumerSession session, CancellationToken stopReading)
    {
        Task<bool> waiting = session.Deliveries.WaitToReadAsync(stopReading).AsTask();
        // What is left of a session that has ended comes again over the next one.
        while (session.Problem is null)
        {
            if (session.Deliveries.TryRead(out Delivery? delivery))
                return delivery;

            TimeSpan? left = options.StopWhenIdle - session.Held.IdleFor;
            if (left <= TimeSpan.Zero)
                return null;

            TimeSpan patience = left is { } some ? TimeSpan.FromMilliseconds(Math.Ceiling(some.TotalMilliseconds)) : Timeout.InfiniteTimeSpan;
            try
            {
                if (!await waiting.WaitAsync(patience, time, stopReading))
                    return null;
            }
            catch (TimeoutException)
            {
                // Long enough, unless something is still held, or was until a moment ago.
            }
        }

        return null;
    }

    /// <summary>Puts an item, or a message that cannot be understood, with the dead ones. Where that is not possible it stays unsettled, comes again, and the outcome that is stored leads here once more.</summary>
    private async Task BuryAsync(Delivery delivery, ItemKey key, ReadOnlyMemory<byte> body, Dictionary<string, object?> headers)
    {
        if (!await delivery.Session.DeadLetterAsync(delivery, body, headers))
            return;

        if (delivery.Problem is { } problem)
            QueueLog.MessageRefused(logger, broker.Topology.DeadQueue, problem);
        if (delivery.EndOne(key))
            await delivery.Session.SettleAsync(delivery, isDone: true);
    }

    /// <summary>How long a message may be held stands in the broker's configuration, which says so only when it was too long.</summary>
    private void LearnFrom(string problem)
    {
        if (!double.TryParse(AcknowledgementTimeout().Match(problem).Groups["ms"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out double milliseconds))
            return;

        TimeSpan timeout = TimeSpan.FromMilliseconds(milliseconds);
        _returnAfter = timeout / 2 < _returnAfter ? timeout / 2 : _returnAfter;
        QueueLog.AcknowledgedTooLate(logger, timeout, _returnAfter);
    }

    [GeneratedRegex("acknowledgement .* timed out.*: (?<ms>[0-9]{1,12}) ms", RegexOptions.NonBacktracking)]
    private static partial Regex AcknowledgementTimeout();
}
