using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace TestSupport.RabbitMq;

/// <summary>What a test does at the broker by itself, with a connection for each call: the broker may be another one by then.</summary>
/// <param name="uri">The broker's address, with credentials.</param>
public sealed class BrokerClient(string uri)
{
    /// <summary>Publishes a message to a queue; it is safe with the broker when this returns.</summary>
    public Task PublishAsync(string queue, string body, IDictionary<string, object?>? headers = null) => PublishAsync(queue, Encoding.UTF8.GetBytes(body), headers);

    /// <inheritdoc cref="PublishAsync(string, string, IDictionary{string, object?}?)"/>
    public Task PublishAsync(string queue, byte[] body, IDictionary<string, object?>? headers = null) => WithChannelAsync(async channel =>
    {
        BasicProperties properties = new() { Persistent = true, Headers = headers };
        await channel.BasicPublishAsync("", queue, mandatory: true, properties, body);
        return true;
    });

    /// <summary>How many messages are ready, without those that some consumer has; null when there is no such queue.</summary>
    public async Task<uint?> CountAsync(string queue)
    {
        try
        {
            return await WithChannelAsync<uint?>(async channel => (await channel.QueueDeclarePassiveAsync(queue)).MessageCount);
        }
        catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode == 404)
        {
            return null;
        }
    }

    /// <summary>Waits until a queue holds this many ready messages.</summary>
    /// <exception cref="TimeoutException">It does not; the message says what it holds.</exception>
    public async Task WaitForCountAsync(string queue, uint count, TimeSpan timeout)
    {
        long since = TimeProvider.System.GetTimestamp();
        while (await CountAsync(queue) is var found && found != count)
        {
            if (TimeProvider.System.GetElapsedTime(since) > timeout)
                throw new TimeoutException($"{queue} holds {found?.ToString() ?? "nothing, it is not there"} instead of {count} after {timeout}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    /// <summary>Takes all messages out of a queue.</summary>
    public Task<IReadOnlyList<BasicGetResult>> TakeAllAsync(string queue) => WithChannelAsync<IReadOnlyList<BasicGetResult>>(async channel =>
    {
        List<BasicGetResult> messages = [];
        while (await channel.BasicGetAsync(queue, autoAck: true) is { } message)
            messages.Add(message);
        return messages;
    });

    /// <summary>Takes messages out of a queue as they come, until there were this many.</summary>
    public Task TakeAsync(string queue, int count, TimeSpan timeout) => WithChannelAsync(async channel =>
    {
        TaskCompletionSource taken = new(TaskCreationOptions.RunContinuationsAsynchronously);
        AsyncEventingBasicConsumer consumer = new(channel);
        consumer.ReceivedAsync += (_, _) =>
        {
            if (--count == 0)
                taken.SetResult();
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue, autoAck: true, consumer);
        await taken.Task.WaitAsync(timeout, TimeProvider.System);
        return true;
    });

    /// <summary>Takes a message and gives it back: it comes as one that was delivered before.</summary>
    public Task ReturnAsync(string queue) => WithChannelAsync(async channel =>
    {
        BasicGetResult message = await channel.BasicGetAsync(queue, autoAck: false) ?? throw new InvalidOperationException($"{queue} is empty");
        await channel.BasicNackAsync(message.DeliveryTag, multiple: false, requeue: true);
        return true;
    });

    public Task DeleteAsync(string queue) => WithChannelAsync(channel => channel.QueueDeleteAsync(queue));

    /// <summary>Declares a queue that is not of the kind the service declares.</summary>
    public Task DeclareAsync(string queue, IDictionary<string, object?>? arguments = null) =>
        WithChannelAsync(channel => channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments));

    private async Task<T> WithChannelAsync<T>(Func<IChannel, Task<T>> use)
    {
        ConnectionFactory factory = new() { Uri = new Uri(uri), AutomaticRecoveryEnabled = false };
        await using IConnection connection = await factory.CreateConnectionAsync();
        await using IChannel channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        return await use(channel);
    }
}
