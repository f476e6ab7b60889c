using Ingestion.Storage.Postgres;

namespace Ingestion.Storage;

/// <summary>Makes a guard for each caller.</summary>
internal sealed class OutageGuards(PostgresStorageErrors errors, StorageHealth health, TimeProvider time)
{
    public OutageGuard New(ILogger logger) => new(errors, health, time, logger);
}
