using System.Diagnostics;

namespace Ingestion.Sources.RabbitMq;

/// <summary>A message as it came. It is settled when the last of its items is.</summary>
/// <param name="session">The connection it came over, the only one it can be settled on.</param>
/// <param name="tag">What the broker knows it by, there.</param>
internal sealed class Delivery(ConsumerSession session, ulong tag)
{
    private long _open;

    public ConsumerSession Session { get; } = session;

    public ulong Tag { get; } = tag;

    /// <summary>What it asks for; null when it cannot be understood.</summary>
    public QueueMessage? Message { get; init; }

    /// <summary>Why it cannot.</summary>
    public string? Problem { get; init; }

    /// <summary>The beginning of a body that cannot be understood.</summary>
    public byte[]? Body { get; init; }

    /// <summary>The size of the whole body, in bytes.</summary>
    public int Size { get; init; }

    public ActivityContext Origin { get; init; }

    /// <summary>Expects this many items to end.</summary>
    public void Open(long items) => Interlocked.Exchange(ref _open, items);

    /// <summary>An item has ended; true for the last one.</summary>
    public bool EndOne() => Interlocked.Decrement(ref _open) == 0;
}
