namespace Ingestion.Sources.RabbitMq;

/// <summary>A queue or an exchange is not there. Whether that is an error of the configuration depends on whether it was there before.</summary>
internal sealed class QueueMissingException(string message) : Exception(message);
