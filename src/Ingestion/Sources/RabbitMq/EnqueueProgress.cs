namespace Ingestion.Sources.RabbitMq;

/// <summary>How far it has come.</summary>
/// <param name="Messages">Messages that the broker has confirmed.</param>
/// <param name="LastId">All IDs up to this one are in the queue.</param>
public readonly record struct EnqueueProgress(long Messages, long Ids, long LastId);
