using Ingestion.Items;

namespace Ingestion.Sources.RabbitMq;

/// <summary>What a message asks for.</summary>
/// <param name="Ids">At most <see cref="MessageCodec.MaxIds"/> of them.</param>
/// <param name="Job">What they belong to; null when the message does not say.</param>
internal sealed record QueueMessage(IdRanges Ids, Job? Job);
