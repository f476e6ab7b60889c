using System.Text.RegularExpressions;
using RabbitMQ.Client;

namespace Ingestion.Sources.RabbitMq;

/// <summary>
/// Delivers what is in a queue, to this worker and any others at the same time. A message is acknowledged when the outcomes of all its IDs are committed, and not before, so the
/// broker delivers it again should this process die; its outcomes are then recognised by their job. What failed, and what cannot be understood, goes to the queue of the dead.
/// </summary>
internal sealed partial class RabbitMqSource(BrokerConnector broker, RabbitMqOptions options, bool hasTextKeys, Prefetch prefetch, TimeProvider time, ILogger<RabbitMqSource> logger)
    : IItemSource, IDisposable
{
    /// <summary>How long to do without an urgent queue before it is looked for again: at first, and in the end, for each look is an error in the broker's log.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5), LongestPause = TimeSpan.FromMinutes(10);

    private volatile ConsumerSession? _session;

    /// <summary>Completes when another session takes the place of that one, or the run needs none any more.</summary>
    private volatile TaskCompletionSource _sessionEnded = NewSignal();
    private volatile bool _isOver;

    /// <summary>One place for each ID that is in the run: a message may have more than it can use. Urgent ones do not wait for those of others.</summary>
    private SemaphoreSlim _room = new(prefetch.Ids);
    private SemaphoreSlim _urgentRoom = new(prefetch.Ids);
    private TimeSpan _returnAfter = options.ReturnAfter;

    public bool HasEnd => options.StopWhenIdle is not null;

    public bool HasUrgent => true;

    public async Task<SourceDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        _isOver = false;
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
                await foreach (SourceItem item in DeliverAsync(session, _room, stopReading))
                    yield return item;
                if (stopReading.IsCancellationRequested)
                    yield break;
                if (session.Problem is not { } problem)
                {
                    QueueLog.QueueIdle(logger, options.Queue, options.StopWhenIdle!.Value);
                    yield break;
                }

                QueueLog.ConsumerLost(logger, options.Queue, problem);
                LearnFrom(problem);
                await session.DisposeAsync();
                session = await OpenAsync(stopReading);
                await session.StartAsync(stopReading);
                SignalSession();
            }
        }
        finally
        {
            _isOver = true;
            SignalSession();
            await session.StopReadingAsync();
        }
    }

    /// <summary>Whoever reads the others says when there is a connection, and when the end has come.</summary>
    public async IAsyncEnumerable<SourceItem> ReadUrgentAsync([EnumeratorCancellation] CancellationToken stopReading)
    {
        _urgentRoom = new SemaphoreSlim(prefetch.Ids);
        string? told = null;
        TimeSpan pause = FirstPause;
        while (!_isOver && !stopReading.IsCancellationRequested)
        {
            Task ended = _sessionEnded.Task;
            if (_session is { Problem: null } main)
            {
                (ConsumerSession? session, string? problem) = await main.StartUrgentAsync(_returnAfter, stopReading);
                if (problem is not null && problem != told && main.Problem is null)
                    QueueLog.NothingUrgent(logger, broker.Topology.UrgentQueue, problem);
                told = problem;
                if (session is not null)
                {
                    pause = FirstPause;
                    await foreach (SourceItem item in DeliverAsync(session, _urgentRoom, stopReading))
                        yield return item;
                    if (_isOver || stopReading.IsCancellationRequested)
                        yield break;

                    QueueLog.ConsumerLost(logger, session.Queue, session.Problem ?? "it ended");
                    LearnFrom(session.Problem ?? "");
                    await session.DisposeAsync();
                }
            }

            await Task.WhenAny(ended, Task.Delay(pause, time, stopReading));
            pause = TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, LongestPause.Ticks));
        }
    }

    public async ValueTask SettleAsync(SourceItem item, Outcome outcome, string? reason)
    {
        if (item.Receipt is not Delivery delivery)
            return;

        (item.IsUrgent ? _urgentRoom : _room).Release();
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

    public void Dispose()
    {
        _room.Dispose();
        _urgentRoom.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void SignalSession()
    {
        TaskCompletionSource ended = _sessionEnded;
        _sessionEnded = NewSignal();
        ended.SetResult();
    }

    private async Task<ConsumerSession> OpenAsync(CancellationToken cancellationToken)
    {
        IConnection connection = await broker.ConnectAsync(cancellationToken);
        return _session = new ConsumerSession(connection, options.Queue, broker, prefetch, options, hasTextKeys, _returnAfter, time, logger);
    }

    /// <summary>What comes over a session, until nothing does any more.</summary>
    private async IAsyncEnumerable<SourceItem> DeliverAsync(ConsumerSession session, SemaphoreSlim room, [EnumeratorCancellation] CancellationToken stopReading)
    {
        while (!stopReading.IsCancellationRequested && await NextAsync(session, stopReading) is { } delivery)
        {
            await session.AdjustPrefetchAsync(stopReading);
            if (delivery.Message is null && !delivery.IsReturned)
                session.Start(() => BuryAsync(delivery, key: default, delivery.Body, MessageHeaders.OfRefusal(delivery)));
            foreach (ItemKey key in delivery.Message?.Keys ?? [])
            {
                await room.WaitAsync(stopReading);
                if (delivery.IsReturned || session.Problem is not null)
                {
                    room.Release();
                    break;
                }

                yield return new SourceItem(key, delivery.Origin, delivery, delivery.Message!.Job, delivery.IsRedelivered, session.IsUrgent);
            }
        }
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

            TimeSpan? left = session.IsUrgent ? null : options.StopWhenIdle - session.IdleFor;
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

    /// <summary>Moves an item, or a message that cannot be understood, to the dead messages. Where that is not possible it stays unsettled, comes again, and the outcome that is stored leads here once more.</summary>
    private async Task BuryAsync(Delivery delivery, ItemKey key, ReadOnlyMemory<byte> body, Dictionary<string, object?> headers)
    {
        if (!await delivery.Session.DeadLetterAsync(delivery, body, headers))
            return;

        if (delivery.Problem is { } problem)
            QueueLog.MessageRefused(logger, broker.Topology.DeadQueue, problem);
        if (delivery.EndOne(key))
            await delivery.Session.SettleAsync(delivery, isDone: true);
    }

    /// <summary>How long a message may be held is in the broker's configuration, which says so only when it was too long.</summary>
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
