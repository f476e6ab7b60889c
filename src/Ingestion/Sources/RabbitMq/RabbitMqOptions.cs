using System.ComponentModel.DataAnnotations;

namespace Ingestion.Sources.RabbitMq;

/// <summary>Section <c>RabbitMq</c>: the queue that the source <c>RabbitMq</c> reads and <c>enqueue</c> fills. The broker's address is <c>ConnectionStrings:RabbitMq</c>.</summary>
public sealed class RabbitMqOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "RabbitMq";

    /// <summary>
    /// The broker, for the source <c>RabbitMq</c> and <c>enqueue</c>: an <c>amqp://</c> or <c>amqps://</c> URI, or <see
    /// href="many-workers.md#the-queue">several</see>.
    /// </summary>
    public const string ConnectionStringKey = "ConnectionStrings:RabbitMq";

    /// <summary>
    /// Name of the queue. <see href="many-workers.md#urgent-messages">Urgent messages</see> are in the one with <c>.urgent</c> behind it. What cannot be ingested goes to the exchange of this name with <c>.dlx</c> behind it, and from there to the queue with <c>.dead</c>. Up to 200 letters,
    /// digits, dots, hyphens, colons and underscores; default <c>ingestion.characters</c>.
    /// </summary>
    [RegularExpression(@"(?!amq\.)[A-Za-z0-9._:\-]{1,200}", ErrorMessage = "a name of at most 200 letters, digits, dots, hyphens, colons and underscores that does not begin with amq.")]
    public string Queue { get; set; } = "ingestion.characters";

    /// <summary>
    /// The most messages the worker has that are not settled, of each of the two queues. 1 to 65,535; default none: twice the degree of parallelism times <c>Upstream:IdsPerRequest</c>, at most 1,000. Of messages with
    /// several IDs it takes as many as have so many IDs, and one more. What a worker has fetched no other can take, and no autoscaler sees it waiting.
    /// </summary>
    [Range(1, 65_535)]
    public int? Prefetch { get; set; }

    /// <summary>
    /// How often a message may come back, because its worker died or stopped, before the broker moves it to the dead messages. 1 to 1,000,000, default 20. An argument of the
    /// queue: it must be the one the queue was declared with.
    /// </summary>
    [Range(1, 1_000_000)]
    public int DeliveryLimit { get; set; } = 20;

    /// <summary>
    /// What is left of a message that is not settled after this long goes back to the queue as a new message. 1 s to 7 days, default 20 min. Must be well below the broker's acknowledgement
    /// timeout (<c>consumer_timeout</c>, 30 min unless somebody changed it), after which the broker takes back everything the worker has and counts it against <see cref="DeliveryLimit"/>.
    /// </summary>
    [DurationRange("00:00:01", "7.00:00:00")]
    public TimeSpan ReturnAfter { get; set; } = TimeSpan.FromMinutes(20);

    /// <summary>End the run when the queue has been empty for this long. 100 ms to 1 day, default none: wait for more until stopped.</summary>
    [DurationRange("00:00:00.1000000", "1.00:00:00")]
    public TimeSpan? StopWhenIdle { get; set; }

    /// <summary>How long to wait at start for a broker that does not answer or a queue that is not there, and later for a queue that is gone. 0 to 1 day, default 30 s. Once it has answered, the worker waits however long an outage of the broker takes.</summary>
    [DurationRange("00:00:00", "1.00:00:00")]
    public TimeSpan StartupTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Declare the queues and the exchange if they are not there. Default false: somebody else does.</summary>
    public bool Declare { get; set; }

    /// <summary>Path of a file with the certificates (PEM) of authorities to trust instead of the system's. Default none.</summary>
    public string? CaCertificate { get; set; }
}
