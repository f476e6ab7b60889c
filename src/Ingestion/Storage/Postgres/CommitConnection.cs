using System.Data;
using Ingestion.Characters;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>The connection of a writer with its prepared statement, kept from batch to batch and replaced when it breaks. Not thread-safe.</summary>
internal sealed class CommitConnection : IAsyncDisposable
{
    private const int MaxAttempts = 3;

    private readonly NpgsqlDataSource _dataSource;
    private readonly SchemaName _schema;
    private readonly CommitParameters _parameters;
    private readonly NpgsqlCommand _command;
    private readonly JobRows? _jobs;
    private NpgsqlConnection? _connection;
    private Task<bool> _attempt = Task.FromResult(true);

    public CommitConnection(NpgsqlDataSource dataSource, SchemaName schema, Guid runId, CommitKind kind, int fingerprintIterations)
    {
        _dataSource = dataSource;
        _schema = schema;
        _command = new NpgsqlCommand(schema.In(kind switch
        {
            CommitKind.Redrive => CommitStatement.RedriveText,
            CommitKind.Shared => CommitStatement.SharedText,
            _ => CommitStatement.Text,
        }));
        _jobs = kind is CommitKind.Shared ? new JobRows(schema, runId) : null;
        _parameters = new CommitParameters(runId, fingerprintIterations, isShared: _jobs is not null);
        _parameters.AddTo(_command.Parameters);
    }

    /// <summary>Whether the server is still there: what went wrong went wrong with the statement.</summary>
    public bool IsOpen => _connection?.FullState == ConnectionState.Open;

    /// <summary>Commits the entries and writes each one's answer to it.</summary>
    public async Task CommitAsync(ReadOnlyMemory<PendingEntry> batch, CancellationToken cancellationToken)
    {
        // One transaction, but for one case: a transaction whose answer was lost was still committing. The second one waited for it, the third one sees it.
        for (int attempt = 1; !await (_attempt = TryCommitAsync(batch, cancellationToken)); attempt++)
        {
            if (attempt == MaxAttempts)
                throw new InvalidOperationException($"outcomes that are stored cannot be read back; is row-level security on for {_schema}.outcomes?");
        }
    }

    /// <summary>Closes. An attempt that was abandoned is not waited for, but followed by the closing.</summary>
    public async ValueTask DisposeAsync()
    {
        Task closing = _attempt.ContinueWith(_ => CloseAsync(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).Unwrap();
        if (_attempt.IsCompleted)
            await closing;
    }

    private async Task<bool> TryCommitAsync(ReadOnlyMemory<PendingEntry> batch, CancellationToken cancellationToken)
    {
        try
        {
            await OpenAsync(cancellationToken);
            if (_jobs is not null)
                await _jobs.AddMissingAsync(_connection!, batch, cancellationToken);
            _parameters.Fill(batch.Span);
            await using NpgsqlDataReader reader = await _command.ExecuteReaderAsync(cancellationToken);
            int answered = 0;
            for (int next = 0; await reader.ReadAsync(cancellationToken); next++, answered++)
            {
                int id = reader.GetInt32(0);
                while (batch.Span[next].Entry.CharacterId != id)
                    next++;
                Outcome outcome = Enum.Parse<Outcome>(reader.GetString(1));
                batch.Span[next].Answer = new CommittedOutcome(outcome, reader.IsDBNull(2) ? null : reader.GetString(2));
            }

            // The rows arrive before the commit. Only after this is the server ready for the next query, that is: has committed.
            await reader.NextResultAsync(cancellationToken);
            return answered == batch.Length;
        }
        catch (Exception exception) when (IsOpen && !PostgresErrors.IsReadOnly(exception) && (exception is PostgresException || PostgresErrors.IsTimeout(exception)))
        {
            throw;
        }
        catch
        {
            await CloseAsync();
            throw;
        }
        finally
        {
            _parameters.Clear();
        }
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (IsOpen)
            return;

        await CloseAsync();
        NpgsqlConnection connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        try
        {
            await using (var settings = new NpgsqlCommand(_jobs is null ? CommitStatement.SessionSettings : CommitStatement.SharedSessionSettings, connection))
                await settings.ExecuteNonQueryAsync(cancellationToken);
            _command.Connection = connection;
            await _command.PrepareAsync(cancellationToken);
            // Not before: one that could not be made ready must not be taken for one that is.
            _connection = connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private async Task CloseAsync()
    {
        NpgsqlConnection? connection = _connection;
        _connection = null;
        _command.Connection = null;
        if (connection is not null)
            await connection.DisposeAsync();
    }
}
