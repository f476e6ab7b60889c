using Ingestion.Configuration;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Ingestion.Sources.RabbitMq;

/// <summary>
/// The queue, and where its dead messages go: a quorum queue, which survives the loss of a node and counts how often a message came back, its dead-letter exchange, and a
/// queue behind that. The broker moves a dead message at least once: it keeps it until the other queue has confirmed it (docs/adr/014).
/// </summary>
internal sealed class Topology(RabbitMqAddress address, RabbitMqOptions options)
{
    /// <summary>What it means when the broker does not confirm a message but refuses it.</summary>
    public const string Refusal = "the queue refuses messages: it is full, or most of its nodes are away";

    public string Queue => options.Queue;

    public string DeadLetterExchange => options.Queue + ".dlx";

    public string DeadQueue => options.Queue + ".dead";

    private Dictionary<string, object?> Arguments => new(StringComparer.Ordinal)
    {
        ["x-queue-type"] = "quorum",
        ["x-delivery-limit"] = options.DeliveryLimit,
        ["x-dead-letter-exchange"] = DeadLetterExchange,
        ["x-dead-letter-routing-key"] = Queue,
        ["x-dead-letter-strategy"] = "at-least-once",
        // At-least-once asks for it. Without a length limit nothing is ever rejected.
        ["x-overflow"] = "reject-publish",
    };

    /// <summary>Declares what is missing, if that is asked for, and makes sure that what is there is what is needed.</summary>
    /// <exception cref="IngestionConfigurationException">It is not, or may not be used.</exception>
    public async Task EnsureAsync(IConnection connection, CancellationToken cancellationToken)
    {
        if (options.Declare)
            await DeclareAsync(connection, cancellationToken);
        else
            await VerifyAsync(connection, cancellationToken);
    }

    private async Task DeclareAsync(IConnection connection, CancellationToken cancellationToken)
    {
        await TryAsync(connection, DeadLetterExchange, channel => channel.ExchangeDeclareAsync(DeadLetterExchange, ExchangeType.Direct, durable: true, autoDelete: false, cancellationToken: cancellationToken), cancellationToken);
        Dictionary<string, object?> dead = new(StringComparer.Ordinal) { ["x-queue-type"] = "quorum" };
        await TryAsync(connection, DeadQueue, channel => channel.QueueDeclareAsync(DeadQueue, durable: true, exclusive: false, autoDelete: false, dead, cancellationToken: cancellationToken), cancellationToken);
        await TryAsync(connection, DeadQueue, channel => channel.QueueBindAsync(DeadQueue, DeadLetterExchange, Queue, cancellationToken: cancellationToken), cancellationToken);
        await TryAsync(connection, Queue, channel => DeclareQueueAsync(channel, cancellationToken), cancellationToken);
    }

    private async Task VerifyAsync(IConnection connection, CancellationToken cancellationToken)
    {
        await TryAsync(connection, Queue, channel => channel.QueueDeclarePassiveAsync(Queue, cancellationToken), cancellationToken);
        await TryAsync(connection, DeadQueue, channel => channel.QueueDeclarePassiveAsync(DeadQueue, cancellationToken), cancellationToken);
        await TryAsync(connection, DeadLetterExchange, channel => channel.ExchangeDeclarePassiveAsync(DeadLetterExchange, cancellationToken), cancellationToken);

        // A passive declaration compares nothing. One of a queue that is there does, and changes nothing; a user who may not declare cannot have it compared.
        await TryAsync(connection, Queue, channel => DeclareQueueAsync(channel, cancellationToken), cancellationToken, ignored: BrokerProblem.AccessRefused);
    }

    private Task<QueueDeclareOk> DeclareQueueAsync(IChannel channel, CancellationToken cancellationToken) =>
        channel.QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false, Arguments, cancellationToken: cancellationToken);

    /// <summary>On a channel of its own, which an error closes.</summary>
    private async Task TryAsync(IConnection connection, string name, Func<IChannel, Task> declare, CancellationToken cancellationToken, ushort? ignored = null)
    {
        await using IChannel channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        try
        {
            await declare(channel);
        }
        catch (OperationInterruptedException exception)
        {
            ushort? code = BrokerProblem.CodeOf(exception);
            if (code == ignored)
                return;

            string? advice = code switch
            {
                BrokerProblem.NotFound => throw new QueueMissingException($"{BrokerProblem.Describe(exception)}; declare it with ingestion-worker enqueue --declare or run --declare, or correct {RabbitMqOptions.Section}:Queue"),
                BrokerProblem.PreconditionFailed when !BrokerProblem.IsLimit(exception) => $"{name} is there, but is not what {RabbitMqOptions.Section}:Queue and {RabbitMqOptions.Section}:DeliveryLimit ask for: delete it at the broker when it is empty, or use another name",
                _ => BrokerProblem.Advise(exception),
            };
            if (advice is null)
                throw;
            throw BrokerProblem.Explain(exception, address, advice);
        }
    }
}
