namespace Ingestion.Storage;

/// <summary>Looks back at runs.</summary>
public interface IRunHistory
{
    /// <summary>The latest runs, newest first.</summary>
    Task<IReadOnlyList<RunRecord>> ListAsync(int limit, CancellationToken cancellationToken);
}
