using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>
/// The advisory lock of a source on a separate connection. The server releases it when the process or its connection dies, and a standby
/// takes over. A process that lost its connection takes the lock again, or learns that another one was faster.
/// </summary>
internal sealed class SourceLease(string source, SchemaName schema, LockConnections connections, OutageGuard outages, TimeProvider time, ILogger logger) : ISourceLease
{
    private const string IsWritable = "SELECT NOT current_setting('transaction_read_only')::boolean";
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _released = new();
    private readonly CancellationTokenSource _lost = new();
    private NpgsqlConnection? _connection;
    private Task _question = Task.CompletedTask;
    private Task _watch = Task.CompletedTask;

    public CancellationToken Lost => _lost.Token;

    /// <summary>What is locked.</summary>
    public static string What(string source) => "source:" + source;

    /// <summary>Waits for the lock, for as long as another process has it.</summary>
    public async Task AcquireAsync(CancellationToken cancellationToken)
    {
        if (!await TryLockAsync(cancellationToken))
        {
            StorageLog.StandingBy(logger, source);
            long since = time.GetTimestamp();
            do
                await Task.Delay(PollInterval, time, cancellationToken);
            while (!await TryLockAsync(cancellationToken));
            StorageLog.TookOver(logger, source, time.GetElapsedTime(since).TotalSeconds);
        }

        // The watch outlives the activity that happens to be current here.
        using (ExecutionContext.SuppressFlow())
            _watch = Task.Run(WatchAsync, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _released.CancelAsync();
        // It watches until now.
        await Task.WhenAny(_watch);
        // A server that is silent is not waited for; the connection is closed when its last question has timed out.
        Task closing = _question.ContinueWith(_ => CloseAsync(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).Unwrap();
        if (_question.IsCompleted)
            await closing;
        _released.Dispose();
        _lost.Dispose();
    }

    private Task<bool> TryLockAsync(CancellationToken cancellationToken) => outages.RunAsync(
        token =>
        {
            Task<bool> locking = LockAsync(token);
            _question = locking;
            return locking;
        }, cancellationToken);

    private async Task<bool> LockAsync(CancellationToken token)
    {
        try
        {
            _connection ??= await connections.OpenAsync(token);
            // A replica has its own locks, which exclude nobody.
            await RequireWritableAsync(_connection, token);
            return await new NpgsqlCommand(connections.TryLock, _connection).With(schema.Lock(What(source))).ReadOneAsync<bool>(token);
        }
        catch
        {
            await CloseAsync();
            throw;
        }
    }

    private async Task WatchAsync()
    {
        do
            await HoldAsync();
        while (await RegainAsync());

        await _lost.CancelAsync();
    }

    /// <summary>Returns when the connection is lost, and the lock with it.</summary>
    private async Task HoldAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(WatchInterval, time, _released.Token);
                _question = RequireWritableAsync(_connection!, CancellationToken.None);
                await _question.WaitAsync(_released.Token);
            }
        }
        catch (Exception exception) when (!_released.IsCancellationRequested)
        {
            StorageLog.LeaseLost(logger, source, PostgresErrors.Describe(exception));
            await CloseAsync();
        }
    }

    /// <summary>False when another process has the lock, or it cannot be had any more.</summary>
    private async Task<bool> RegainAsync()
    {
        try
        {
            if (await TryLockAsync(_released.Token))
            {
                StorageLog.LeaseRegained(logger, source);
                return true;
            }

            StorageLog.LeaseTaken(logger, source);
        }
        catch (Exception exception) when (!_released.IsCancellationRequested)
        {
            StorageLog.LeaseNotRegained(logger, source, PostgresErrors.Describe(exception));
        }

        return false;
    }

    private static async Task RequireWritableAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (!await new NpgsqlCommand(IsWritable, connection).ReadOneAsync<bool>(cancellationToken))
            throw PostgresErrors.ReadOnly();
    }

    private async Task CloseAsync()
    {
        if (Interlocked.Exchange(ref _connection, null) is { } connection)
            await connection.DisposeAsync();
    }
}
