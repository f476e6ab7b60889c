using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>
/// Connections for locks, outside of the pool: closing one gives its locks back, while a pooled one would keep them. They have a short
/// command timeout, and the server looks after them, so that both sides notice within seconds when the other is gone without a word.
/// </summary>
/// <param name="isTransactional">
/// Whether a lock is that of a transaction, which stays open as long as the connection: behind a pooler, a transaction is what keeps one connection to the server.
/// It has no snapshot between its statements, and so does not keep dead rows from being removed.
/// </param>
internal sealed class LockConnections(NpgsqlConnectionStringBuilder settings, string name, bool isTransactional) : IAsyncDisposable
{
    private const int CommandTimeoutSeconds = 10;
    private const string SessionSettings = "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 3; SET tcp_keepalives_count = 3";
    private const string TransactionSettings =
        "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL tcp_keepalives_idle = 5; SET LOCAL tcp_keepalives_interval = 3; SET LOCAL tcp_keepalives_count = 3";

    private readonly NpgsqlDataSource _source = DriverSpans.OnlyInTraces(new NpgsqlDataSourceBuilder(
        new NpgsqlConnectionStringBuilder(settings.ConnectionString) { Pooling = false, CommandTimeout = CommandTimeoutSeconds }.ConnectionString)
    { Name = name }).Build();

    /// <summary>Takes the lock that parameter 1 names, unless somebody has it; says whether it did.</summary>
    public string TryLock { get; } = $"SELECT pg_try_advisory_{(isTransactional ? "xact_" : "")}lock(hashtextextended($1, 0))";

    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellationToken);
        try
        {
            await new NpgsqlCommand(isTransactional ? TransactionSettings : SessionSettings, connection).RunAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
