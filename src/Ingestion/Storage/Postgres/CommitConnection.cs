using System.Data;
using System.Runtime.InteropServices;
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
    private readonly RunOwner _owner;
    private readonly KnownItemRows _known;
    private readonly JobRows? _jobs;
    private readonly bool _isPrepared;
    private NpgsqlConnection? _connection;
    private Task _attempt = Task.CompletedTask;

    /// <param name="dataSource">Where to connect.</param>
    /// <param name="schema">Where the tables are.</param>
    /// <param name="resource">Whose records they hold.</param>
    /// <param name="runId">The run.</param>
    /// <param name="owner">What shows that this process may store something of it; shared by the connections of a writer.</param>
    /// <param name="kind">What it does beside storing rows and outcomes.</param>
    /// <param name="fingerprintIterations">What the rows' hashes were made with.</param>
    /// <param name="isPrepared">Whether the statement is prepared, which a pooler of transactions does not bear.</param>
    public CommitConnection(NpgsqlDataSource dataSource, SchemaName schema, Resource resource, Guid runId, RunOwner owner, CommitKind kind, int fingerprintIterations, bool isPrepared)
    {
        _dataSource = dataSource;
        _schema = schema;
        _resource = resource;
        _runId = runId;
        _owner = owner;
        _known = new KnownItemRows(schema, resource);
        _isPrepared = isPrepared;
        _command = new NpgsqlCommand(schema.In(kind switch
        {
            CommitKind.Ascending => CommitStatement.AscendingText,
            CommitKind.Redrive => CommitStatement.RedriveText,
            CommitKind.Shared => CommitStatement.SharedText,
            _ => CommitStatement.Text,
        }, resource));
        _jobs = kind is CommitKind.Shared ? new JobRows(schema, runId) : null;
        _parameters = new CommitParameters(runId, resource.HasTextKeys, fingerprintIterations, kind);
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
            bool isInDoubt = false;
            foreach (PendingEntry pending in batch.Span)
                (isInDoubt, pending.Answer) = (isInDoubt || pending.IsInDoubt, null);
            await OpenAsync(cancellationToken);
            if (_jobs is not null)
                await _jobs.AddMissingAsync(_connection!, batch, cancellationToken);
            else if (isInDoubt || _owner.Epoch == 0)
                await _owner.BeginEpochAsync(_connection!, cancellationToken);
            if (isInDoubt && _jobs is null)
                await RecallAsync(batch, cancellationToken);
            await WriteAsync(batch, isInDoubt, cancellationToken);
        }
        catch (Exception exception) when (IsOpen && !PostgresErrors.IsReadOnly(exception) && (exception is PostgresException || PostgresErrors.IsTimeout(exception)))
        {
            throw;
        }
        catch
        {
            Doubt(batch.Span);
            await CloseAsync();
            throw;
        }
        finally
        {
            _parameters.Clear();
        }
    }

    /// <summary>Until every entry has its answer: one that was there already is read, and a statement of an epoch that is over has stored nothing.</summary>
    private async Task WriteAsync(ReadOnlyMemory<PendingEntry> batch, bool isRepeated, CancellationToken cancellationToken)
    {
        for (bool isSecond = _jobs is not null; ; isSecond = true)
        {
            long epoch;
            do
            {
                // What was given up must not go on in an epoch that it began meanwhile.
                cancellationToken.ThrowIfCancellationRequested();
                epoch = _owner.Epoch;
                _parameters.Fill(batch.Span, isRepeated, _owner);
                await ExecuteAsync(batch, cancellationToken);
                if (IsAnswered(batch))
                    return;

                // Some of it may be stored now, and what follows may fail.
                Doubt(batch.Span);
                await RecallAsync(batch, cancellationToken);
                if (IsAnswered(batch))
                    return;
            }
            while (_owner.Epoch != epoch);

            if (isSecond)
                throw new IngestionConfigurationException($"{StorageOptions.ConnectionStringKey}: outcomes that are stored cannot be read back; switch row-level security off for {_schema}.item_outcomes and {_schema}.runs, or let a policy show the user its rows");
            await _owner.BeginEpochAsync(_connection!, cancellationToken);
        }
    }

    /// <summary>Writes the answers to the entries, both in the order of their IDs.</summary>
    private async Task ExecuteAsync(ReadOnlyMemory<PendingEntry> batch, CancellationToken cancellationToken)
    {
        await using NpgsqlDataReader reader = await _command.ExecuteReaderAsync(cancellationToken);
        for (int next = 0; await reader.ReadAsync(cancellationToken);)
        {
            if (reader.IsDBNull(0))
            {
                CommitGroup.Answer(batch.Span, reader.IsDBNull(3) ? [] : reader.GetFieldValue<long[]>(3));
                continue;
            }

            ItemKey id = ItemKeys.Read(reader, 0, _resource.HasTextKeys);
            while (batch.Span[next].Entry.Key != id)
                next++;
            batch.Span[next].Answer = KnownItemRows.ReadOutcome(reader, 1);
        }

        // The rows arrive before the commit. Only after this is the server ready for the next query, that is: has committed.
        await reader.NextResultAsync(cancellationToken);
    }

    /// <summary>Reads what is stored of those that have no answer: the batch was committed before, or a message was delivered again.</summary>
    private async Task RecallAsync(ReadOnlyMemory<PendingEntry> batch, CancellationToken cancellationToken)
    {
        PendingEntry[] asked = [.. MemoryMarshal.ToEnumerable(batch).Where(pending => pending.Answer is null)];
        KnownItem[] known = await _known.FindKnownAsync(_connection!, [.. asked.Select(pending => (pending.Entry.Key, (Guid?)(pending.Entry.Job?.Id ?? _runId)))], iterations: null, cancellationToken);
        for (int i = 0; i < asked.Length; i++)
            asked[i].Answer = known[i].Done;
    }

    private static bool IsAnswered(ReadOnlyMemory<PendingEntry> batch) => MemoryMarshal.ToEnumerable(batch).All(pending => pending.Answer is not null);

    private static void Doubt(ReadOnlySpan<PendingEntry> batch)
    {
        foreach (PendingEntry pending in batch)
            pending.IsInDoubt = true;
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
