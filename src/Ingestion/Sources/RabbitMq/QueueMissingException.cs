namespace Ingestion.Sources.RabbitMq;

/// <summary>A queue or an exchange is not there. Somebody may be about to declare it.</summary>
internal sealed class QueueMissingException(string message) : Exception(message);
