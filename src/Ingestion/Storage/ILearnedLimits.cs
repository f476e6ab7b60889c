namespace Ingestion.Storage;

/// <summary>The concurrency limits that runs have learned of their upstream, for those that come later. Every operation waits out an outage.</summary>
internal interface ILearnedLimits
{
    /// <summary>Finds what the last run that learned anything of this upstream has learned; null if there is none.</summary>
    /// <param name="upstream">Its address.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<int?> FindAsync(string upstream, CancellationToken cancellationToken);

    /// <summary>Stores with a run what it has learned.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="upstream">The address of its upstream.</param>
    /// <param name="limit">Requests at once, 1 or more.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task StoreAsync(Guid runId, string upstream, int limit, CancellationToken cancellationToken);
}
