using System.Data;
using Ingestion.Configuration;
using Ingestion.Items;
using Ingestion.Records;
using Ingestion.Storage.Committing;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>The connection of a writer with its statement.</summary>
internal sealed class CommitConnection : IBatchConnection
{
    private readonly NpgsqlDataSource _dataSource;
    private readonly SchemaName _schema;
    private readonly Resource _resource;
    private readonly CommitParameters _parameters;
    private readonly NpgsqlCommand _command;
    private readonly Guid _runId;
    private readonly JobRows? _jobs;
    private readonly bool _isPrepared;
    private NpgsqlConnection? _connection;
    private Task _attempt = Task.CompletedTask;

    /// <param name="dataSource">Where to connect.</param>
    /// <param name="schema">Where the tables are.</param>
    /// <param name="resource">Whose records they hold.</param>
    /// <param name="runId">The run.</param>
    /// <param name="kind">What it does beside storing rows and outcomes.</param>
    /// <param name="fingerprintIterations">What the rows' hashes were made with.</param>
    /// <param name="isPrepared">Whether the statement is prepared, which a pooler of transactions does not bear.</param>
    public CommitConnection(NpgsqlDataSource dataSource, SchemaName schema, Resource resource, Guid runId, CommitKind kind, int fingerprintIterations, bool isPrepared)
    {
        _dataSource = dataSource;
        _schema = schema;
        _resource = resource;
        _runId = runId;
        _isPrepared = isPrepared;
        _command = new NpgsqlCommand(schema.In(kind switch
        {
            CommitKind.Redrive => CommitStatement.RedriveText,
            CommitKind.Shared => CommitStatement.SharedText,
            _ => CommitStatement.Text,
        }, resource));
        _jobs = kind is CommitKind.Shared ? new JobRows(schema, runId) : null;
        _parameters = new CommitParameters(runId, resource.HasTextKeys, fingerprintIterations, isShared: _jobs is not null);
        _parameters.AddTo(_command.Parameters);
    }

    public bool IsOpen => _connection?.FullState == ConnectionState.Open;

    public Task CommitAsync(ReadOnlyMemory<PendingEntry> batch, CancellationToken cancellationToken) =>
        _attempt = TryCommitAsync(batch, cancellationToken);

    /// <summary>Closes. An attempt that was abandoned is not waited for, but followed by the closing.</summary>
    public async ValueTask DisposeAsync()
    {
        Task closing = _attempt.ContinueWith(_ => CloseAsync(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).Unwrap();
        if (_attempt.IsCompleted)
            await closing;
    }

    private async Task TryCommitAsync(ReadOnlyMemory<PendingEntry> batch, CancellationToken cancellationToken)
    {
        try
        {
            await OpenAsync(cancellationToken);
            if (_jobs is not null)
                await _jobs.AddMissingAsync(_connection!, batch, cancellationToken);
            _parameters.Fill(batch.Span);
            if (await ExecuteAsync(_command, batch, cancellationToken) < batch.Length)
                await RecallAsync(batch, cancellationToken);
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

    /// <summary>Writes the answers to the entries, both in the order of their IDs, and returns how many there were.</summary>
    private async Task<int> ExecuteAsync(NpgsqlCommand command, ReadOnlyMemory<PendingEntry> batch, CancellationToken cancellationToken)
    {
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        int answered = 0;
        for (int next = 0; await reader.ReadAsync(cancellationToken); next++, answered++)
        {
            ItemKey id = ItemKeys.Read(reader, 0, _resource.HasTextKeys);
            while (batch.Span[next].Entry.Key != id)
                next++;
            Outcome outcome = Enum.Parse<Outcome>(reader.GetString(1));
            batch.Span[next].Answer = new CommittedOutcome(outcome, reader.IsDBNull(2) ? null : reader.GetString(2));
        }

        // The rows arrive before the commit. Only after this is the server ready for the next query, that is: has committed.
        await reader.NextResultAsync(cancellationToken);
        return answered;
    }

    private async Task RecallAsync(ReadOnlyMemory<PendingEntry> batch, CancellationToken cancellationToken)
    {
        var ids = new ItemKey[batch.Length];
        var jobs = new Guid?[batch.Length];
        for (int i = 0; i < ids.Length; i++)
            (ids[i], jobs[i]) = (batch.Span[i].Entry.Key, batch.Span[i].Entry.Job?.Id);

        await using var recall = new NpgsqlCommand(_schema.In(CommitStatement.RecallText), _connection);
        recall.With(_runId);
        recall.Parameters.Add(ItemKeys.Parameter(ids, _resource.HasTextKeys));
        recall.With<Guid?[]>(jobs);
        if (await ExecuteAsync(recall, batch, cancellationToken) < batch.Length)
            throw new IngestionConfigurationException($"{StorageOptions.ConnectionStringKey}: outcomes that are stored cannot be read back; switch row-level security off for {_schema}.outcomes, or let a policy show the user its rows");
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (IsOpen)
            return;

        await CloseAsync();
        NpgsqlConnection connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        try
        {
            _command.Connection = connection;
            if (_isPrepared)
                await PrepareAsync(connection, cancellationToken);
            // Not before: one that could not be made ready must not be taken for one that is.
            _connection = connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>A statement that is not prepared is planned anew each time, for the tables as they are then, and needs no settings.</summary>
    private async Task PrepareAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using (var settings = new NpgsqlCommand(_jobs is null ? CommitStatement.SessionSettings : CommitStatement.SharedSessionSettings, connection))
            await settings.ExecuteNonQueryAsync(cancellationToken);
        await _command.PrepareAsync(cancellationToken);
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
