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

    /// <summary>The queue whose messages go ahead. It has the arguments of the other one, and its dead messages go to the same place.</summary>
    public string UrgentQueue => options.Queue + ".urgent";

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

    /// <summary>Declares what is missing, if that is asked for, and makes sure that what is there is what is needed. The urgent queue is apart: workers do without it.</summary>
    /// <exception cref="IngestionConfigurationException">It is not, or may not be used.</exception>
    /// <exception cref="IngestionUnavailableException">Something is not there. Somebody may be about to declare it.</exception>
    public async Task EnsureAsync(IConnection connection, bool mayDeclare, CancellationToken cancellationToken)
    {
        if (options.Declare && mayDeclare)
        {
            Dictionary<string, object?> dead = new(StringComparer.Ordinal) { ["x-queue-type"] = "quorum" };
            await TryAsync(connection, DeadLetterExchange, channel => channel.ExchangeDeclareAsync(DeadLetterExchange, ExchangeType.Direct, durable: true, autoDelete: false, cancellationToken: cancellationToken), cancellationToken);
            await TryAsync(connection, DeadQueue, channel => DeclareAsync(channel, DeadQueue, dead, cancellationToken), cancellationToken);
            await TryAsync(connection, DeadQueue, channel => channel.QueueBindAsync(DeadQueue, DeadLetterExchange, Queue, cancellationToken: cancellationToken), cancellationToken);
        }

        await EnsureAsync(connection, Queue, mayDeclare, cancellationToken);
        if (!options.Declare || !mayDeclare)
        {
            await TryAsync(connection, DeadQueue, channel => channel.QueueDeclarePassiveAsync(DeadQueue, cancellationToken), cancellationToken);
            await TryAsync(connection, DeadLetterExchange, channel => channel.ExchangeDeclarePassiveAsync(DeadLetterExchange, cancellationToken), cancellationToken);
        }
    }

    /// <summary>The same for one of the two queues that workers read.</summary>
    public async Task EnsureAsync(IConnection connection, string queue, bool mayDeclare, CancellationToken cancellationToken)
    {
        bool declares = options.Declare && mayDeclare;
        if (!declares)
            await TryAsync(connection, queue, channel => channel.QueueDeclarePassiveAsync(queue, cancellationToken), cancellationToken);
        // A passive declaration compares nothing. One of a queue that is there does, and changes nothing; a user who may not declare cannot have it compared.
        await TryAsync(connection, queue, channel => DeclareAsync(channel, queue, Arguments, cancellationToken), cancellationToken, ignored: declares ? null : BrokerProblem.AccessRefused);
    }

    private static Task<QueueDeclareOk> DeclareAsync(IChannel channel, string queue, Dictionary<string, object?> arguments, CancellationToken cancellationToken) =>
        channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancellationToken);

    /// <summary>On a channel of its own, which an error closes.</summary>
    private async Task TryAsync(IConnection connection, string name, Func<IChannel, Task> declare, CancellationToken cancellationToken, ushort? ignored = null)
    {
        await using IChannel channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        try
        {
            await declare(channel);
        }
        catch (OperationInterruptedException exception) when (BrokerProblem.CodeOf(exception) is { } code && code == ignored)
        {
            // It stays as it is.
        }
        catch (OperationInterruptedException exception)
        {
            if (Explain(exception, name) is { } explained)
                throw explained;
            throw;
        }
    }

    /// <summary>What to do about a refusal, or null when waiting may cure it.</summary>
    private Exception? Explain(OperationInterruptedException exception, string name) => BrokerProblem.CodeOf(exception) switch
    {
        BrokerProblem.NotFound => new IngestionUnavailableException($"{BrokerProblem.Describe(exception)}; declare it with ingestion-worker enqueue {(name == UrgentQueue ? "--urgent " : "")}--declare or run --declare, or correct {RabbitMqOptions.Section}:Queue"),
        BrokerProblem.PreconditionFailed when !BrokerProblem.IsLimit(exception) => BrokerProblem.Explain(exception, address, $"{name} is there, but is not what {RabbitMqOptions.Section}:Queue and {RabbitMqOptions.Section}:DeliveryLimit ask for: delete it at the broker when it is empty, or use another name"),
        _ => BrokerProblem.Explain(exception, address),
    };
}
