using System.Threading.Channels;
using Ingestion.Characters;
using Ingestion.Configuration;
using Ingestion.Telemetry;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Ingestion.Sources.RabbitMq;

/// <summary>
/// One connection that takes messages, from consuming to its end, whoever brings that about. What came over it can be settled on it alone; afterwards the broker delivers
/// again what was not. Acknowledgements and dead letters come from any thread.
/// </summary>
internal sealed class ConsumerSession(IConnection connection, Topology topology, int prefetch, int deliveryLimit, TimeProvider time, ILogger logger)
{
    private const string DeliveryCount = "x-delivery-count";

    // No capacity: the broker sends no more than the prefetch.
    private readonly System.Threading.Channels.Channel<Delivery> _deliveries = System.Threading.Channels.Channel.CreateUnbounded<Delivery>();

    // The client is told once by each of its events; the first one counts.
    private volatile string? _problem;
    private IChannel _channel = null!;
    private IChannel _deadLetters = null!;
    private string _consumer = "";
    private long _open;
    private long _lastActivity = time.GetTimestamp();

    public ChannelReader<Delivery> Deliveries => _deliveries.Reader;

    /// <summary>Why no more messages come; null while some may.</summary>
    public string? Problem => _problem;

    /// <summary>How long nothing has come or been settled; 0 while something is being worked on.</summary>
    public TimeSpan IdleFor => Interlocked.Read(ref _open) == 0 ? time.GetElapsedTime(Interlocked.Read(ref _lastActivity)) : TimeSpan.Zero;

    /// <summary>Begins to take messages.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        _deadLetters = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancellationToken);
        _channel.ChannelShutdownAsync += (_, shutdown) => EndAsync(shutdown.ReplyText);
        await _channel.BasicQosAsync(prefetchSize: 0, (ushort)prefetch, global: false, cancellationToken);
        AsyncEventingBasicConsumer consumer = new(_channel);
        consumer.ReceivedAsync += ReceiveAsync;
        consumer.UnregisteredAsync += (_, _) => EndAsync("the broker cancelled the consumer, as it does when the queue is deleted");
        _consumer = await _channel.BasicConsumeAsync(topology.Queue, autoAck: false, consumer, cancellationToken);
        QueueLog.Consuming(logger, topology.Queue, prefetch);
    }

    /// <summary>Takes no more messages, and gives back those that nobody has begun with. What is being worked on can still be settled.</summary>
    public async Task StopReadingAsync()
    {
        _problem ??= "reading was stopped";
        try
        {
            await _channel.BasicCancelAsync(_consumer, noWait: false);
            _deliveries.Writer.TryComplete();
            while (_deliveries.Reader.TryRead(out Delivery? delivery))
                await _channel.BasicNackAsync(delivery.Tag, multiple: false, requeue: true);
        }
        catch (Exception exception) when (BrokerProblem.IsOfBroker(exception))
        {
            // Then the broker has taken them back already.
        }
    }

    /// <summary>Closes the connection; the broker takes back what is not settled.</summary>
    public async Task CloseAsync()
    {
        await EndAsync("closed");
        await BrokerConnector.CloseAsync(connection);
    }

    /// <summary>Settles a message. Where that is not possible any more, it comes again.</summary>
    public async Task AcknowledgeAsync(Delivery delivery)
    {
        try
        {
            await _channel.BasicAckAsync(delivery.Tag, multiple: false);
            Interlocked.Exchange(ref _lastActivity, time.GetTimestamp());
            Interlocked.Decrement(ref _open);
        }
        catch (Exception exception) when (BrokerProblem.IsOfBroker(exception))
        {
            await EndAsync(BrokerProblem.Describe(exception));
        }
    }

    /// <summary>Puts a message with the dead ones; the broker has it when this returns true. False: it cannot now.</summary>
    public async Task<bool> DeadLetterAsync(ReadOnlyMemory<byte> body, Dictionary<string, object?> headers)
    {
        try
        {
            BasicProperties properties = new() { Persistent = true, Headers = headers };
            await _deadLetters.BasicPublishAsync(topology.DeadLetterExchange, topology.Queue, mandatory: true, properties, body);
            return true;
        }
        catch (PublishException exception) when (exception.IsReturn)
        {
            _deliveries.Writer.TryComplete(new IngestionConfigurationException(
                $"{RabbitMqOptions.Section}:Queue is {topology.Queue}, but its exchange {topology.DeadLetterExchange} leads to no queue, so dead messages would be lost; bind {topology.DeadQueue} to it, which --declare does"));
            return false;
        }
        catch (Exception exception) when (BrokerProblem.IsOfBroker(exception))
        {
            await EndAsync(BrokerProblem.Describe(exception));
            return false;
        }
    }

    private Task EndAsync(string problem)
    {
        _problem ??= Excerpt.Of(problem);
        _deliveries.Writer.TryComplete();
        return Task.CompletedTask;
    }

    /// <summary>The client lends the body for the duration of the call.</summary>
    private Task ReceiveAsync(object sender, BasicDeliverEventArgs message)
    {
        Interlocked.Increment(ref _open);
        Interlocked.Exchange(ref _lastActivity, time.GetTimestamp());
        bool isUnderstood = MessageCodec.TryDecode(message.Body, out QueueMessage? asked, out string? problem);
        IDictionary<string, object?>? headers = message.BasicProperties.Headers;
        if (headers?.TryGetValue(DeliveryCount, out object? value) == true && value is long times && times * 2 >= deliveryLimit)
            QueueLog.ComesBackOften(logger, topology.Queue, times, deliveryLimit);
        _deliveries.Writer.TryWrite(new Delivery(this, message.DeliveryTag)
        {
            Message = asked,
            Problem = problem,
            Body = isUnderstood ? null : message.Body[..Math.Min(message.Body.Length, MessageCodec.MaxBytes)].ToArray(),
            Size = message.Body.Length,
            Origin = TraceHeaders.Read(headers),
        });
        return Task.CompletedTask;
    }
}
