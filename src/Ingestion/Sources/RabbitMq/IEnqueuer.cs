namespace Ingestion.Sources.RabbitMq;

/// <summary>Puts IDs into the queue.</summary>
public interface IEnqueuer
{
    /// <summary>How it stands. Cheap, and safe from any thread.</summary>
    EnqueueProgress Progress { get; }

    /// <summary>
    /// Publishes the IDs, ascending, and returns when the broker has confirmed all of them. While the broker is away it waits, and what had not been confirmed is
    /// published again: its IDs are then in the queue twice, and done once.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was stopped; <see cref="Progress"/> says from where to go on.</exception>
    /// <exception cref="Configuration.IngestionConfigurationException">The broker cannot be used as configured.</exception>
    Task EnqueueAsync(EnqueueRequest request, CancellationToken cancellationToken);
}
