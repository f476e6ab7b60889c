using System.Diagnostics;
using Ingestion.Telemetry;

namespace Ingestion.Sources.RabbitMq;

/// <summary>What the semantic conventions want on a span that sends messages: https://opentelemetry.io/docs/specs/semconv/messaging/rabbitmq/.</summary>
internal static class MessagingTags
{
    public static void AddTo(Activity? span, string queue, Guid job, int messages)
    {
        if (span is not { IsAllDataRequested: true })
            return;

        span.SetTag(TagNames.MessagingSystem, "rabbitmq");
        span.SetTag(TagNames.MessagingOperationName, "publish");
        span.SetTag(TagNames.MessagingOperationType, "send");
        span.SetTag(TagNames.MessagingDestination, queue);
        span.SetTag(TagNames.MessagingBatchCount, messages);
        span.SetTag(TagNames.JobId, job.ToString());
    }
}
