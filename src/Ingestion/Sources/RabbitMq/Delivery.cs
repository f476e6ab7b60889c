using RabbitMQ.Client.Events;

namespace Ingestion.Sources.RabbitMq;

/// <summary>A message as it came. It is settled when the last of its items is, or when what is left of it goes back to the queue.</summary>
internal sealed class Delivery(ConsumerSession session, ulong tag, long since)
{
    private readonly Lock _lock = new();
    private readonly HashSet<ItemKey> _ended = [];
    private volatile bool _isReturned;

    /// <summary>The connection it came over, the only one it can be settled on.</summary>
    public ConsumerSession Session => session;

    /// <summary>What the broker knows it by, there.</summary>
    public ulong Tag => tag;

    /// <summary>When it came, as a timestamp of the clock.</summary>
    public long Since => since;

    /// <summary>What it asks for; null when it cannot be understood.</summary>
    public QueueMessage? Message { get; init; }

    /// <summary>Why it cannot.</summary>
    public string? Problem { get; init; }

    /// <summary>The beginning of a body that cannot be understood.</summary>
    public byte[]? Body { get; init; }

    public int Size { get; init; }

    public bool IsRedelivered { get; init; }

    public ActivityContext Origin { get; init; }

    /// <summary>The headers that say so.</summary>
    public Dictionary<string, object?> Trace { get; init; } = [];

    public int Ids => Message?.Count ?? 0;

    /// <summary>It is the queue's again: nothing of it has to begin, and the end of what still runs counts for nothing.</summary>
    public bool IsReturned => _isReturned;

    private bool IsOver => _ended.Count == Math.Max(Ids, 1);

    /// <summary>Reads or refuses whatever it is: the client would swallow an exception, and the message would stay here for ever. It lends the body for the duration of the call.</summary>
    public static Delivery Read(ConsumerSession session, BasicDeliverEventArgs message, bool hasTextKeys, long since)
    {
        QueueMessage? asked = null;
        string? problem;
        ActivityContext origin = default;
        try
        {
            QueueMessage.TryDecode(message.Body, hasTextKeys, out asked, out problem);
            origin = MessageHeaders.ReadTrace(message.BasicProperties.Headers);
        }
        catch (Exception exception)
        {
            (asked, problem) = (null, $"the message cannot be read: {exception.GetType().Name}: {Excerpt.Of(exception.Message)}");
        }

        return new Delivery(session, message.DeliveryTag, since)
        {
            Message = asked,
            Problem = problem,
            Body = asked is not null ? null : message.Body[..Math.Min(message.Body.Length, QueueMessage.MaxBytes)].ToArray(),
            Size = message.Body.Length,
            IsRedelivered = message.Redelivered,
            Origin = origin,
            Trace = MessageHeaders.CopyTrace(message.BasicProperties.Headers),
        };
    }

    /// <summary>An item has ended, or the refusal of a message that cannot be understood; true for the last one, if the message is to be settled then.</summary>
    public bool EndOne(ItemKey key = default)
    {
        lock (_lock)
            return _ended.Add(key) && !_isReturned && IsOver;
    }

    /// <summary>Gives it back, unless all of its items have ended or it was given back before.</summary>
    /// <param name="left">The items that have not ended, as a message; null when it cannot be understood.</param>
    public bool TryReturn(out QueueMessage? left)
    {
        left = null;
        lock (_lock)
        {
            if (_isReturned || IsOver)
                return false;

            _isReturned = true;
            if (Message is not null)
                left = QueueMessage.Of(Message.Keys.Where(key => !_ended.Contains(key)), Message.Job);
            return true;
        }
    }
}
