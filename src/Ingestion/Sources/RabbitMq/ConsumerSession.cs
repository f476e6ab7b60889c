using System.Collections.Concurrent;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Ingestion.Sources.RabbitMq;

/// <summary>
/// One connection that takes messages of a queue, from consuming to its end, whoever brings that about. What came over it can be settled on it alone; afterwards the broker delivers
/// again what was not. Acknowledgements and dead letters come from any thread.
/// </summary>
/// <param name="main">The session that the connection is of, for one of the urgent queue, which has a channel on it; null for that session itself.</param>
internal sealed class ConsumerSession(
    IConnection connection, string queue, BrokerConnector broker, Prefetch prefetch, RabbitMqOptions options, bool hasTextKeys, TimeSpan returnAfter, TimeProvider time, ILogger logger, ConsumerSession? main = null)
    : IAsyncDisposable
{
    private const string DeliveryCount = "x-delivery-count";
    private static readonly TimeSpan ClosingPatience = TimeSpan.FromSeconds(3);

    // No capacity: the broker sends no more than the prefetch.
    private readonly Channel<Delivery> _deliveries = Channel.CreateUnbounded<Delivery>();
    private readonly Outbox _outbox = new(broker, time, logger);
    private readonly ConcurrentDictionary<Task, bool> _settling = new();
    private readonly CancellationTokenSource _closed = new();

    // The client is told once by each of its events; the first one counts.
    private volatile string? _problem;
    private IChannel _channel = null!;
    private volatile string _consumer = "";
    private int _prefetch;
    private Task _returning = Task.CompletedTask;
    private volatile ConsumerSession? _urgent;
    private volatile bool _isDisposed;

    public string Queue => queue;

    public bool IsUrgent => main is not null;

    public ChannelReader<Delivery> Deliveries => _deliveries.Reader;

    public HeldMessages Held { get; } = new(time);

    /// <summary>How long nothing has come or been settled, of either queue; 0 while something is held.</summary>
    public TimeSpan IdleFor => _urgent is { Problem: null, Held.IdleFor: var urgent } && urgent < Held.IdleFor ? urgent : Held.IdleFor;

    /// <summary>Why no more messages come; null while some may.</summary>
    public string? Problem => _problem;

    /// <summary>Begins to take messages: one, until that shows how many are enough.</summary>
    /// <exception cref="IngestionConfigurationException">The broker cannot be used as configured. When it is away again, <see cref="Problem"/> says so.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _returning = new LateReturns(this, _outbox, returnAfter, time, logger).RunAsync(_closed.Token);
        try
        {
            _channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
            _channel.ChannelShutdownAsync += (_, shutdown) => EndAsync(shutdown.ReplyText);
            await ConsumeAsync(1, cancellationToken);
            Held.Begin();
            QueueLog.Consuming(logger, queue, prefetch.Messages, prefetch.Ids);
        }
        catch (Exception exception) when (BrokerProblem.IsOfBroker(exception) && !cancellationToken.IsCancellationRequested)
        {
            await EndAsync(BrokerProblem.Describe(exception));
            if (BrokerProblem.Explain(exception, broker.Address) is { } explained)
                throw explained;
        }
    }

    /// <summary>Begins to take urgent messages too.</summary>
    /// <returns>Their session, or why there is none, which is no reason to do without the others.</returns>
    public async Task<(ConsumerSession? Session, string? Problem)> StartUrgentAsync(TimeSpan returnAfter, CancellationToken cancellationToken)
    {
        ConsumerSession? urgent = null;
        string? problem;
        try
        {
            problem = await broker.EnsureUrgentAsync(connection, cancellationToken);
            if (problem is null)
            {
                _urgent = urgent = new ConsumerSession(connection, broker.Topology.UrgentQueue, broker, prefetch, options, hasTextKeys, returnAfter, time, logger, this);
                await urgent.StartAsync(cancellationToken);
                problem = urgent.Problem;
            }
        }
        catch (Exception exception) when (exception is IngestionConfigurationException || (BrokerProblem.IsOfBroker(exception) && !cancellationToken.IsCancellationRequested))
        {
            problem = exception is IngestionConfigurationException ? exception.Message : BrokerProblem.Describe(exception);
        }

        if (urgent is null || (problem is null && !_isDisposed))
            return (urgent, problem);

        await urgent.DisposeAsync();
        return (null, problem);
    }

    /// <summary>Takes more messages at once, or fewer, when those that are here show that it should.</summary>
    public async Task AdjustPrefetchAsync(CancellationToken cancellationToken)
    {
        int wanted = prefetch.For(Held.Messages, Held.Ids);
        if (wanted > _prefetch / 2 && wanted < _prefetch * 2)
            return;

        try
        {
            // The broker counts for each consumer by itself, from its beginning to its end.
            string before = _consumer;
            _consumer = "";
            await _channel.BasicCancelAsync(before, noWait: false, cancellationToken);
            await ConsumeAsync(wanted, cancellationToken);
        }
        catch (Exception exception) when (BrokerProblem.IsOfBroker(exception) && !cancellationToken.IsCancellationRequested)
        {
            await EndAsync(BrokerProblem.Describe(exception));
        }
    }

    /// <summary>Takes no more messages, and gives back those that nobody has begun with. What is being worked on can still be settled.</summary>
    public async Task StopReadingAsync()
    {
        if (_urgent is { } urgent)
            await urgent.StopReadingAsync();
        _problem ??= "reading was stopped";
        using CancellationTokenSource enough = new(ClosingPatience, time);
        try
        {
            if (_consumer.Length > 0)
                await _channel.BasicCancelAsync(_consumer, noWait: false, enough.Token);
        }
        catch (Exception exception) when (BrokerProblem.IsOfBroker(exception))
        {
            // Then the broker has taken them back already.
        }

        _deliveries.Writer.TryComplete();
        while (_deliveries.Reader.TryRead(out Delivery? delivery))
            await SettleAsync(delivery, isDone: false);
    }

    /// <summary>Closes the connection, or the channel on that of another session; the broker takes back what is not settled.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;

        _isDisposed = true;
        if (_urgent is { } urgent)
            await urgent.DisposeAsync();
        _closed.CancelAfter(_channel is { IsOpen: true } ? ClosingPatience : TimeSpan.Zero);
        await Task.WhenAll(_settling.Keys);
        await _closed.CancelAsync();
        await _returning;
        await EndAsync("closed");
        await (main is null ? BrokerConnector.CloseAsync(connection) : CloseChannelAsync());
        await _outbox.DisposeAsync();
        _closed.Dispose();
    }

    /// <summary>Works on a message without anybody who waits for it, but closing. Not on the caller's thread, which may be an event loop that ends before.</summary>
    public void Start(Func<Task> work)
    {
        Task settling = Task.Run(work);
        _settling.TryAdd(settling, true);
        _ = settling.ContinueWith(done => _settling.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Acknowledges a message, or gives it back as it is. Where that is not possible any more, it comes again.</summary>
    public async Task SettleAsync(Delivery delivery, bool isDone)
    {
        try
        {
            await (isDone ? _channel.BasicAckAsync(delivery.Tag, multiple: false) : _channel.BasicNackAsync(delivery.Tag, multiple: false, requeue: true));
            Held.Remove(delivery);
        }
        catch (Exception exception) when (BrokerProblem.IsOfBroker(exception))
        {
            await EndAsync(BrokerProblem.Describe(exception));
        }
    }

    /// <summary>Moves a message to the dead messages; the broker has it when this returns true. False: it cannot now.</summary>
    public async Task<bool> DeadLetterAsync(Delivery delivery, ReadOnlyMemory<byte> body, Dictionary<string, object?> headers)
    {
        try
        {
            return await _outbox.SendAsync(delivery, broker.Topology.DeadLetterExchange, body, headers, _closed.Token);
        }
        catch (PublishException)
        {
            Fail(new IngestionConfigurationException(
                $"{RabbitMqOptions.Section}:Queue is {options.Queue}, but its exchange {broker.Topology.DeadLetterExchange} leads to no queue, so dead messages would be lost; bind {broker.Topology.DeadQueue} to it, which --declare does"));
        }
        catch (OperationInterruptedException exception)
        {
            if (BrokerProblem.Explain(exception, broker.Address) is { } explained)
                Fail(explained);
            else
                await (main ?? this).EndAsync(BrokerProblem.Describe(exception)); // The exchange is gone, which connecting again finds out.
        }

        return false;
    }

    private async Task ConsumeAsync(int messages, CancellationToken cancellationToken)
    {
        _prefetch = messages;
        await _channel.BasicQosAsync(prefetchSize: 0, (ushort)messages, global: false, cancellationToken);
        AsyncEventingBasicConsumer consumer = new(_channel);
        consumer.ReceivedAsync += ReceiveAsync;
        consumer.UnregisteredAsync += (_, cancelled) =>
            cancelled.ConsumerTags.Contains(_consumer) ? EndAsync("the broker cancelled the consumer, as it does when the queue is deleted") : Task.CompletedTask;
        _consumer = await _channel.BasicConsumeAsync(queue, autoAck: false, consumer, cancellationToken);
    }

    /// <summary>What waiting does not cure ends the run, whichever queue it is about.</summary>
    private void Fail(IngestionConfigurationException problem) => (main ?? this)._deliveries.Writer.TryComplete(problem);

    private async Task CloseChannelAsync()
    {
        try
        {
            if (_channel is { } channel)
                await channel.DisposeAsync();
        }
        catch (Exception exception) when (BrokerProblem.IsOfBroker(exception))
        {
            // It is gone.
        }
    }

    private Task EndAsync(string problem)
    {
        _problem ??= Excerpt.Of(problem);
        _deliveries.Writer.TryComplete();
        return Task.CompletedTask;
    }

    private Task ReceiveAsync(object sender, BasicDeliverEventArgs message)
    {
        Delivery delivery = Delivery.Read(this, message, hasTextKeys, time.GetTimestamp());
        if (message.BasicProperties.Headers?.TryGetValue(DeliveryCount, out object? value) == true && value is long times && times * 2 >= options.DeliveryLimit)
            QueueLog.ComesBackOften(logger, queue, times, options.DeliveryLimit);
        Held.Add(delivery);
        _deliveries.Writer.TryWrite(delivery);
        return Task.CompletedTask;
    }
}
