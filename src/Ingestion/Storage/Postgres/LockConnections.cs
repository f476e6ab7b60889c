using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>
/// Connections for session locks, outside of the pool: closing one gives its locks back, while a pooled one would keep them. They have a short
/// command timeout, and the server looks after them, so that both sides notice within seconds when the other is gone without a word.
/// </summary>
internal sealed class LockConnections(NpgsqlConnectionStringBuilder settings, string name) : IAsyncDisposable
{
    private const int CommandTimeoutSeconds = 10;
    private const string SessionSettings = "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 3; SET tcp_keepalives_count = 3";

    private readonly NpgsqlDataSource _source = Build(settings, name);

    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellationToken);
        try
        {
            await using var command = new NpgsqlCommand(SessionSettings, connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private static NpgsqlDataSource Build(NpgsqlConnectionStringBuilder settings, string name)
    {
        var own = new NpgsqlConnectionStringBuilder(settings.ConnectionString) { Pooling = false, CommandTimeout = CommandTimeoutSeconds };
        return new NpgsqlDataSourceBuilder(own.ConnectionString) { Name = name }.Build();
    }
}
