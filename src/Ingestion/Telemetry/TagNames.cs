namespace Ingestion.Telemetry;

/// <summary>
/// Attribute names. <c>thread.*</c> and <c>error.type</c> are semantic conventions
/// (https://opentelemetry.io/docs/specs/semconv/general/attributes/, https://opentelemetry.io/docs/specs/semconv/attributes-registry/thread/), <c>http.*</c> (https://opentelemetry.io/docs/specs/semconv/http/http-spans/)
/// and <c>messaging.*</c> (https://opentelemetry.io/docs/specs/semconv/messaging/) too; the rest is this service's own.
/// </summary>
internal static class TagNames
{
    public const string ItemId = "ingestion.item.id";
    public const string CanaryId = "ingestion.canary.id";
    public const string RequestItems = "ingestion.request.items";
    public const string RunId = "ingestion.run.id";
    public const string Strategy = "ingestion.strategy";
    public const string DegreeOfParallelism = "ingestion.dop";
    public const string Source = "ingestion.source";
    public const string Slot = "ingestion.slot";
    public const string Attempt = "ingestion.attempt";
    public const string IsUrgent = "ingestion.urgent";
    public const string QueueWait = "ingestion.queue.wait";
    public const string ItemOutcome = "ingestion.outcome";
    public const string GateTime = "ingestion.stage.gate";
    public const string FetchTime = "ingestion.stage.fetch";
    public const string DelayTime = "ingestion.stage.delay";
    public const string TransformTime = "ingestion.stage.transform";
    public const string PersistTime = "ingestion.stage.persist";
    public const string IsSlow = "ingestion.slow";
    public const string StatusCode = "http.response.status_code";
    public const string Items = "ingestion.items";
    public const string BatchSize = "ingestion.batch.size";
    public const string Requested = "ingestion.requested";
    public const string Ingested = "ingestion.ingested";
    public const string Unchanged = "ingestion.unchanged";
    public const string NotFound = "ingestion.not_found";
    public const string Failed = "ingestion.failed";
    public const string Retries = "ingestion.retries";
    public const string IsComplete = "ingestion.complete";
    public const string ThreadId = "thread.id";
    public const string ThreadName = "thread.name";
    public const string EndThreadId = "ingestion.thread.end_id";
    public const string ErrorType = "error.type";
    public const string JobId = "ingestion.job.id";
    public const string MessagingSystem = "messaging.system";
    public const string MessagingOperationName = "messaging.operation.name";
    public const string MessagingOperationType = "messaging.operation.type";
    public const string MessagingDestination = "messaging.destination.name";
    public const string MessagingBatchCount = "messaging.batch.message_count";
}
