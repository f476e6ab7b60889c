using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>What an error means that came from one database.</summary>
internal sealed class PostgresStorageErrors(PostgresTarget target, NpgsqlDataSource dataSource) : IStorageErrors
{
    public string Target { get; } = target.ToString();

    public StorageVerdict? Judge(Exception exception) => PostgresErrors.Judge(exception);

    public bool IsTimeout(Exception exception) => PostgresErrors.IsTimeout(exception);

    public string ReasonOf(Exception exception) => PostgresErrors.ReasonOf(exception);

    public string Describe(Exception exception) => PostgresErrors.Describe(exception);

    public Exception Explain(Exception exception) => PostgresProblem.Explain(exception, target);

    public void PrepareRetry(Exception exception)
    {
        // A connection that is open stays with the server that was the primary once; new ones find the one that is.
        if (PostgresErrors.IsReadOnly(exception))
            dataSource.Clear();
    }
}
