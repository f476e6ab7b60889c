namespace Ingestion.Storage;

/// <summary>Looks at the failed items that no later run has resolved.</summary>
public interface IDeadLetters
{
    /// <summary>How many items there are. Waits for a database that is away.</summary>
    Task<long> CountAsync(DeadLetterFilter filter, CancellationToken cancellationToken);

    /// <summary>Counts them by reason, each item once.</summary>
    /// <exception cref="Configuration.IngestionConfigurationException">The database cannot be used as configured.</exception>
    Task<DeadLetterSummary> SummarizeAsync(DeadLetterFilter filter, CancellationToken cancellationToken);

    /// <summary>The items one by one, in their order, at most <paramref name="limit"/>.</summary>
    /// <exception cref="Configuration.IngestionConfigurationException">The database cannot be used as configured.</exception>
    Task<IReadOnlyList<DeadLetter>> ShowAsync(DeadLetterFilter filter, int limit, CancellationToken cancellationToken);

    /// <summary>Resolves all failures of the items without ingesting them, and returns how many items that were. Should one fail again, it is a dead letter again.</summary>
    /// <exception cref="Configuration.IngestionConfigurationException">The database cannot be used as configured.</exception>
    Task<long> DiscardAsync(DeadLetterFilter filter, string note, CancellationToken cancellationToken);
}
