using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>What an error means that came from one database, and what is done about it.</summary>
internal sealed class PostgresStorageErrors(PostgresTarget target, NpgsqlDataSource dataSource)
{
    /// <summary>The database, fit to be shown.</summary>
    public string Target { get; } = target.ToString();

    public Exception Explain(Exception exception) => PostgresProblem.Explain(exception, target);

    public void PrepareRetry(Exception exception)
    {
        // A connection that is open stays with the server that was the primary once; new ones find the one that is.
        if (PostgresErrors.IsReadOnly(exception))
            dataSource.Clear();
    }
}
