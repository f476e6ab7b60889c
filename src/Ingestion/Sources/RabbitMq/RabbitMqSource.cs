using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Ingestion.Items;
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
/// <param name="prefetch">How much is taken at once.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed partial class RabbitMqSource(BrokerConnector broker, RabbitMqOptions options, Prefetch prefetch, TimeProvider time, ILogger<RabbitMqSource> logger)
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
        ConsumerSession session = await BeginAsync(_session, stopReading);
        try
        {
            while (!stopReading.IsCancellationRequested)
            {
                if (await NextAsync(session, stopReading) is { } delivery)
                {
                    await session.AdjustPrefetchAsync(stopReading);
                    if (delivery.Message is null && !delivery.IsReturned)
                        session.Start(() => RefuseAsync(delivery));
                    foreach (long id in delivery.Message?.Ids ?? Enumerable.Empty<long>())
                    {
                        await _room.WaitAsync(stopReading);
                        if (delivery.IsReturned || session.Problem is not null)
                        {
                            _room.Release();
                            break;
                        }

                        yield return new SourceItem(id, delivery.Origin, delivery, delivery.Message!.Job);
                    }
                }
                else if (session.Problem is { } problem)
                {
                    QueueLog.ConsumerLost(logger, options.Queue, problem);
                    LearnFrom(problem);
                    await session.DisposeAsync();
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

        _room.Release();
        // Nobody waits for a dead letter: the broker may not take it for long, and other items need the slot.
        if (outcome is Outcome.Failed)
            delivery.Session.Start(() => FailAsync(delivery, item, reason));
        else if (delivery.EndOne(item.Key.Number))
            await delivery.Session.SettleAsync(delivery, isDone: true);
    }

    // Without its dead letter a message stays unsettled, comes again, and the outcome that is stored already leads here.
    private static async Task FailAsync(Delivery delivery, SourceItem item, string? reason)
    {
        QueueMessage failed = new(new IdRanges([new IdRange(item.Key.Number, item.Key.Number)]), item.Job);
        if (await delivery.Session.DeadLetterAsync(delivery, MessageCodec.Encode(failed), DeadLetterHeaders.For(item.Key, reason)) && delivery.EndOne(item.Key.Number))
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
        return _session = new ConsumerSession(connection, broker, prefetch, options, _returnAfter, time, logger);
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
                await session.DisposeAsync();
                if (BrokerProblem.Advise(exception) is { } advice)
                    throw BrokerProblem.Explain(exception, broker.Address, advice);
                QueueLog.ConsumerLost(logger, options.Queue, BrokerProblem.Describe(exception));
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
            if (options.StopWhenIdle is { } enough && session.Held.IdleFor >= enough)
                return null;

            using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(stopReading);
            Task<bool> waiting = session.Deliveries.WaitToReadAsync(over.Token).AsTask();
            Task idle = options.StopWhenIdle is { } limit ? Task.Delay(Patience(limit - session.Held.IdleFor), time, over.Token) : Task.Delay(Timeout.InfiniteTimeSpan, time, over.Token);
            if (await Task.WhenAny(waiting, idle) == waiting && !await waiting)
                return null;
            await over.CancelAsync();
            await Task.WhenAny(waiting);
        }
    }

    private static TimeSpan Patience(TimeSpan left) => left > TimeSpan.FromMilliseconds(10) ? left : TimeSpan.FromMilliseconds(10);

    private async Task RefuseAsync(Delivery delivery)
    {
        if (!await delivery.Session.DeadLetterAsync(delivery, delivery.Body, DeadLetterHeaders.For(delivery)))
            return;

        QueueLog.MessageRefused(logger, broker.Topology.DeadQueue, delivery.Problem ?? "");
        if (delivery.EndOne())
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
