namespace Ingestion.Storage;

/// <summary>Looks back at runs.</summary>
public interface IRunHistory
{
    /// <summary>The latest runs, newest first, or only the one that is asked for.</summary>
    Task<IReadOnlyList<RunRecord>> ListAsync(int limit, Guid? run, CancellationToken cancellationToken);
}
