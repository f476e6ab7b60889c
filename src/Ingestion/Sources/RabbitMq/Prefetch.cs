namespace Ingestion.Sources.RabbitMq;

/// <summary>How much a worker takes at once: what it holds no other can take, and the broker takes back what is held for too long.</summary>
/// <param name="Ids">The IDs that are enough.</param>
internal sealed record Prefetch(int Messages, int Ids)
{
    /// <summary>How many messages like these: as many as have the IDs, and one more, for when the last of another is being settled.</summary>
    public int For(int messages, long ids) =>
        ids <= messages ? Messages : (int)Math.Min(Messages, 1 + (((long)Ids * messages) + ids - 1) / ids);
}
