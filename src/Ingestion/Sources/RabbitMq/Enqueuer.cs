using RabbitMQ.Client;

namespace Ingestion.Sources.RabbitMq;

/// <summary>
/// Publishes with confirms, a bounded number of them outstanding. The client's own tracking waits for each message by itself, with a task and a header for it; here a
/// confirm is a bit in a ring.
/// </summary>
internal sealed class Enqueuer(BrokerConnector broker, ILogger<Enqueuer> logger) : IEnqueuer
{
    /// <summary>Enough for the broker to write many at once; few enough to be published again.</summary>
    private const int Window = 4_096;

    /// <summary>Messages that one producer span stands for.</summary>
    private const int BatchSize = 1_000;

    private volatile ConfirmWindow? _window;

    public EnqueueProgress Progress => _window?.Progress ?? default;

    public async Task EnqueueAsync(EnqueueRequest request, CancellationToken cancellationToken)
    {
        EnqueueProgress progress = new(0, 0, request.ResumeAfter);
        string queue = request.IsUrgent ? broker.Topology.UrgentQueue : broker.Topology.Queue;
        while (true)
        {
            IConnection connection = await broker.ConnectAsync(cancellationToken, request.IsUrgent);
            using ConfirmWindow window = new(Window, progress);
            _window = window;
            broker.WatchForBlocking(connection);
            try
            {
                await PublishAsync(connection, window, request, queue, cancellationToken);
                return;
            }
            catch (Exception exception) when (BrokerProblem.IsOfBroker(exception) && !cancellationToken.IsCancellationRequested)
            {
                progress = window.Progress;
                QueueLog.PublishingInterrupted(logger, queue, BrokerProblem.Describe(exception), progress.Ids);
            }
            finally
            {
                await BrokerConnector.CloseAsync(connection);
            }
        }
    }

    /// <summary>Cuts IDs into those of one message after the other, without holding more than one; all but the last have <paramref name="size"/>, unless another text may not fit.</summary>
    public static IEnumerable<IReadOnlyList<ItemKey>> Cut(IEnumerable<ItemKey> keys, int size)
    {
        List<ItemKey> part = [];
        int bytes = 0;
        foreach (ItemKey key in keys)
        {
            int more = key.Text is { } text ? Encoding.UTF8.GetByteCount(QueueMessage.Quote(text)) + 1 : 0;
            if (part.Count == size || bytes + more > QueueMessage.MaxBytes - 256)
            {
                yield return part;
                (part, bytes) = ([], 0);
            }

            part.Add(key);
            bytes += more;
        }

        if (part.Count > 0)
            yield return part;
    }

    private async Task PublishAsync(IConnection connection, ConfirmWindow window, EnqueueRequest request, string queue, CancellationToken stop)
    {
        // It ends with its connection: closing it would wait for a broker that does not listen.
        IChannel channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false), stop);
        Watch(channel, window, queue);
        Job job = new(request.Job, request.Count);
        EnqueueProgress done = window.Progress;
        IEnumerable<ItemKey> left = request.Ids is null ? request.Keys.Skip((int)done.Ids) : request.Keys.SkipWhile(key => key.Number <= done.LastId);
        foreach (QueueMessage[] batch in Cut(left, request.IdsPerMessage).Select(part => QueueMessage.Of(part, job)).Chunk(BatchSize))
            await PublishBatchAsync(channel, window, batch, job, queue, stop);
        await window.WaitUntilEmptyAsync(stop);
    }

    /// <summary>A span of its own for each batch, which the traces of its items link to: https://opentelemetry.io/docs/specs/semconv/messaging/rabbitmq/.</summary>
    private static async Task PublishBatchAsync(IChannel channel, ConfirmWindow window, QueueMessage[] batch, Job job, string queue, CancellationToken stop)
    {
        using Activity? span = IngestionActivity.Source.StartActivity(IngestionActivity.Publish(queue), ActivityKind.Producer);
        if (span is { IsAllDataRequested: true })
        {
            span.SetTag(TagNames.MessagingSystem, "rabbitmq").SetTag(TagNames.MessagingOperationName, "publish").SetTag(TagNames.MessagingOperationType, "send")
                .SetTag(TagNames.MessagingDestination, queue).SetTag(TagNames.MessagingBatchCount, batch.Length).SetTag(TagNames.JobId, job.Id.ToString());
        }

        BasicProperties properties = new() { Persistent = true, ContentType = "application/json", Headers = MessageHeaders.OfSpan(span) };
        foreach (QueueMessage message in batch)
        {
            await window.EnterAsync(message.Ids?.Ranges[^1].Last ?? 0, message.Count, stop);
            await channel.BasicPublishAsync("", queue, mandatory: true, properties, message.Encode(), stop);
        }
    }

    private void Watch(IChannel channel, ConfirmWindow window, string queue)
    {
        channel.BasicAcksAsync += (_, confirm) =>
        {
            window.Confirm(confirm.DeliveryTag, confirm.Multiple);
            return Task.CompletedTask;
        };
        channel.BasicNacksAsync += (_, _) => BreakAsync(new IOException(Topology.Refusal));
        // It comes before the confirm.
        channel.BasicReturnAsync += (_, returned) => BreakAsync(new IngestionConfigurationException(
            $"{broker.Address}: the queue {queue} is gone ({Excerpt.Of(returned.ReplyText)}); what was in it is lost, so begin again with --declare"));
        channel.ChannelShutdownAsync += (_, shutdown) => BreakAsync(new IOException(Excerpt.Of(shutdown.ReplyText)));

        Task BreakAsync(Exception reason)
        {
            window.Break(reason);
            return Task.CompletedTask;
        }
    }
}
