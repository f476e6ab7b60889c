namespace Ingestion.Storage;

/// <summary>The database schema this version needs.</summary>
public interface ISchema
{
    /// <summary>
    /// Waits for the server (up to <c>Storage:StartupTimeout</c>) and makes sure that the schema is there, in this version, and may be used.
    /// Migrates when <c>Storage:MigrateOnStart</c> says so.
    /// </summary>
    /// <exception cref="Configuration.IngestionConfigurationException">The database cannot be used as configured.</exception>
    Task EnsureReadyAsync(CancellationToken cancellationToken);

    /// <summary>Applies the scripts that are missing and makes the resource's table what the configuration says, under an advisory lock, and returns what was done.</summary>
    /// <exception cref="Configuration.IngestionConfigurationException">The database cannot be used as configured, or more than a million rows would have to be rewritten.</exception>
    Task<IReadOnlyList<string>> MigrateAsync(bool mayRewrite, CancellationToken cancellationToken);
}
