namespace Ingestion.Storage;

/// <summary>Schemas that exist for as long as a measurement, in the database of <c>ConnectionStrings:Postgres</c>.</summary>
public interface IScratchSchemas
{
    /// <summary>
    /// Makes room for schemas of this process, and drops those whose process has died before it could. Waits for the server up to <c>Storage:StartupTimeout</c>.
    /// </summary>
    /// <exception cref="Configuration.IngestionConfigurationException">The database cannot be used as configured, or the user may not create schemas.</exception>
    Task<IScratchSpace> ClaimAsync(CancellationToken cancellationToken);
}
