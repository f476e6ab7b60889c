namespace Ingestion.Storage;

/// <summary>The scratch schemas of one process. Disposing drops what is left of them.</summary>
public interface IScratchSpace : IAsyncDisposable
{
    /// <summary>A name for <c>Storage:Schema</c> that nobody else uses. The schema is not created.</summary>
    string NextName();

    /// <summary>Drops all schemas of this process with everything in them.</summary>
    Task DropAllAsync();
}
