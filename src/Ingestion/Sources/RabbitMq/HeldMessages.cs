namespace Ingestion.Sources.RabbitMq;

/// <summary>The messages of a session that are not settled.</summary>
internal sealed class HeldMessages(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly HashSet<Delivery> _messages = [];
    private long _lastActivity = time.GetTimestamp();

    public int Messages { get; private set; }

    public long Ids { get; private set; }

    /// <summary>How long nothing has come or been settled; 0 while something is held.</summary>
    public TimeSpan IdleFor => Messages == 0 ? time.GetElapsedTime(Interlocked.Read(ref _lastActivity)) : TimeSpan.Zero;

    /// <summary>From now on it counts as idle when nothing comes: until now nothing could.</summary>
    public void Begin() => Interlocked.Exchange(ref _lastActivity, time.GetTimestamp());

    public void Add(Delivery delivery) => Change(_messages.Add, delivery, 1);

    public void Remove(Delivery delivery) => Change(_messages.Remove, delivery, -1);

    /// <summary>Those that have been held for at least so long.</summary>
    public Delivery[] OlderThan(TimeSpan limit)
    {
        lock (_lock)
            return [.. _messages.Where(delivery => time.GetElapsedTime(delivery.Since) >= limit)];
    }

    private void Change(Func<Delivery, bool> change, Delivery delivery, int by)
    {
        lock (_lock)
        {
            if (!change(delivery))
                return;

            Begin();
            Ids += by * delivery.Ids;
            Messages += by;
        }
    }
}
