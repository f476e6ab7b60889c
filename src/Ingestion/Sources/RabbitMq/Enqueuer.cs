using System.Diagnostics;
using Ingestion.Characters;
using Ingestion.Configuration;
using Ingestion.Telemetry;
using Microsoft.Extensions.Logging;
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
        while (true)
        {
            IConnection connection = await broker.ConnectAsync(cancellationToken);
            using ConfirmWindow window = new(Window, progress);
            _window = window;
            broker.WatchForBlocking(connection);
            try
            {
                await PublishAsync(connection, window, request, cancellationToken);
                return;
            }
            catch (Exception exception) when (BrokerProblem.IsOfBroker(exception) && !cancellationToken.IsCancellationRequested)
            {
                progress = window.Progress;
                QueueLog.PublishingInterrupted(logger, broker.Topology.Queue, BrokerProblem.Describe(exception), progress.LastId);
            }
            finally
            {
                await BrokerConnector.CloseAsync(connection);
            }
        }
    }

    private async Task PublishAsync(IConnection connection, ConfirmWindow window, EnqueueRequest request, CancellationToken stop)
    {
        // It ends with its connection: closing it would wait for a broker that does not listen.
        IChannel channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false), stop);
        Watch(channel, window);
        Job job = new(request.Job, request.Ids.Count);
        foreach (IdRanges[] batch in MessageChunks.Of(request.Ids, request.IdsPerMessage, window.Progress.LastId).Chunk(BatchSize))
            await PublishBatchAsync(channel, window, batch, job, stop);
        await window.WaitUntilEmptyAsync(stop);
    }

    /// <summary>A span of its own for each batch, which the traces of its items link to: https://opentelemetry.io/docs/specs/semconv/messaging/rabbitmq/.</summary>
    private async Task PublishBatchAsync(IChannel channel, ConfirmWindow window, IdRanges[] batch, Job job, CancellationToken stop)
    {
        string queue = broker.Topology.Queue;
        using Activity? span = IngestionActivity.Source.StartActivity(IngestionActivity.Publish(queue), ActivityKind.Producer);
        span?.SetTag(TagNames.MessagingSystem, "rabbitmq").SetTag(TagNames.MessagingOperationName, "publish").SetTag(TagNames.MessagingOperationType, "send")
            .SetTag(TagNames.MessagingDestination, queue).SetTag(TagNames.MessagingBatchCount, batch.Length).SetTag(TagNames.JobId, job.Id.ToString());
        BasicProperties properties = new() { Persistent = true, ContentType = "application/json", Headers = TraceHeaders.For(span) };
        foreach (IdRanges ids in batch)
        {
            await window.EnterAsync(ids.Ranges[^1].Last, (int)ids.Count, stop);
            await channel.BasicPublishAsync("", queue, mandatory: true, properties, MessageCodec.Encode(new QueueMessage(ids, job)), stop);
        }
    }

    private void Watch(IChannel channel, ConfirmWindow window)
    {
        channel.BasicAcksAsync += (_, confirm) =>
        {
            window.Confirm(confirm.DeliveryTag, confirm.Multiple);
            return Task.CompletedTask;
        };
        channel.BasicNacksAsync += (_, _) =>
        {
            window.Break(new IOException(Topology.Refusal));
            return Task.CompletedTask;
        };
        // It comes before the confirm.
        channel.BasicReturnAsync += (_, returned) =>
        {
            window.Break(new IngestionConfigurationException($"{broker.Address}: the queue {broker.Topology.Queue} is gone ({Excerpt.Of(returned.ReplyText)}); what was in it is lost, so begin again with --declare"));
            return Task.CompletedTask;
        };
        channel.ChannelShutdownAsync += (_, shutdown) =>
        {
            window.Break(new IOException(Excerpt.Of(shutdown.ReplyText)));
            return Task.CompletedTask;
        };
    }
}
