using Ingestion.Telemetry;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>
/// The session advisory lock of a source on a connection of its own. The server lets go of it when the process or its connection dies, and a standby
/// takes over; a process that only lost its connection takes the lock again.
/// </summary>
internal sealed class SourceLease(string source, NpgsqlDataSource dataSource, OutageGuard outages, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private const string Lock = "SELECT pg_try_advisory_lock(hashtextextended('ingestion:source:' || $1, 0))";
    private const string Unlock = "SELECT pg_advisory_unlock(hashtextextended('ingestion:source:' || $1, 0))";
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _released = new();
    private NpgsqlConnection? _connection;
    private Task _watch = Task.CompletedTask;

    /// <summary>Waits for the lock, for as long as another process has it.</summary>
    public async Task AcquireAsync(CancellationToken cancellationToken)
    {
        if (!await TryLockAsync(cancellationToken))
        {
            StorageLog.StandingBy(logger, source);
            long since = time.GetTimestamp();
            await PollAsync(cancellationToken);
            StorageLog.TookOver(logger, source, time.GetElapsedTime(since).TotalSeconds);
        }

        // The watch outlives the activity that happens to be current here.
        using (ExecutionContext.SuppressFlow())
            _watch = Task.Run(WatchAsync, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _released.CancelAsync();
        try
        {
            await _watch;
        }
        catch (OperationCanceledException)
        {
            // It watches until now.
        }

        try
        {
            // The pool keeps the connection, and with it the lock, so closing is not enough.
            if (_connection is not null)
                await ExecuteAsync(_connection, Unlock, CancellationToken.None);
        }
        catch (Exception exception) when (exception is NpgsqlException or InvalidOperationException || PostgresErrors.IsTransient(exception))
        {
            // A lost connection has lost the lock as well.
        }

        await CloseAsync();
        _released.Dispose();
    }

    private async Task PollAsync(CancellationToken cancellationToken)
    {
        do
        {
            await Task.Delay(PollInterval, time, cancellationToken);
        }
        while (!await TryLockAsync(cancellationToken));
    }

    private Task<bool> TryLockAsync(CancellationToken cancellationToken) => outages.RunAsync(async token =>
    {
        try
        {
            _connection ??= await dataSource.OpenConnectionAsync(token);
            return (bool)(await ExecuteAsync(_connection, Lock, token))!;
        }
        catch
        {
            await CloseAsync();
            throw;
        }
    }, cancellationToken);

    private async Task WatchAsync()
    {
        while (true)
        {
            await Task.Delay(WatchInterval, time, _released.Token);
            try
            {
                if (_connection is null)
                    await RegainAsync();
                else
                    await ExecuteAsync(_connection, "SELECT $1", _released.Token);
            }
            catch (Exception exception) when (!_released.IsCancellationRequested)
            {
                StorageLog.LeaseLost(logger, source, PostgresErrors.Describe(exception));
                await CloseAsync();
            }
        }
    }

    private async Task RegainAsync()
    {
        if (!await TryLockAsync(_released.Token))
        {
            StorageLog.LeaseTaken(logger, source);
            await PollAsync(_released.Token);
        }

        StorageLog.LeaseRegained(logger, source);
    }

    private async Task<object?> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = source });
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    private async Task CloseAsync()
    {
        NpgsqlConnection? connection = _connection;
        _connection = null;
        if (connection is not null)
            await connection.DisposeAsync();
    }
}
