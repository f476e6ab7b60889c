namespace Ingestion.Storage;

/// <summary>Removes the history of runs that ended long ago. A run that may go on stays, and so does a failure that is unresolved, with its run.</summary>
public interface IRetention
{
    /// <summary>Removes it in small transactions.</summary>
    /// <param name="patience">When to leave the rest to the next time; null: never.</param>
    /// <param name="cancellationToken">Stops between two transactions; what was removed stays so.</param>
    /// <exception cref="Configuration.IngestionUnavailableException">The database does not answer.</exception>
    /// <exception cref="Configuration.IngestionConfigurationException">The database cannot be used as configured.</exception>
    Task<History> PruneAsync(TimeSpan olderThan, TimeSpan? patience, CancellationToken cancellationToken);

    /// <summary>Counts what <see cref="PruneAsync"/> would remove. The exceptions are the same.</summary>
    Task<History> FindAsync(TimeSpan olderThan, CancellationToken cancellationToken);
}
