using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>Compares the connections that all workers may open with those the server grants. One worker alone seldom has them all open, so it is no error.</summary>
internal static class ConnectionBudget
{
    /// <summary>Beside the pool, the connection that holds the lock.</summary>
    private const int Locks = 1;

    /// <summary>Of the limits of the server, of the user and of the database, the least.</summary>
    private const string Granted =
        """
        SELECT least(
          current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer
            - coalesce(current_setting('reserved_connections', true)::integer, 0),
          (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
          (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()))
        """;

    public static async Task CheckAsync(NpgsqlConnection connection, PostgresTarget target, int workers, ILogger logger, CancellationToken cancellationToken)
    {
        int poolSize = new NpgsqlConnectionStringBuilder(connection.ConnectionString).MaxPoolSize;
        int needed = workers * (poolSize + Locks);
        int granted = await new NpgsqlCommand(Granted, connection).ReadOneAsync<int>(cancellationToken);
        if (needed > granted)
            StorageLog.TooManyConnections(logger, target, workers, needed, granted, poolSize);
    }
}
