using System.Data;
using System.Runtime.InteropServices;
using Ingestion.Records;
using Ingestion.Storage.Committing;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>The connection of a writer with its statement.</summary>
/// <param name="owner">What shows that this process may store something of the run; shared by the connections of a writer.</param>
/// <param name="isPrepared">Whether the statement is prepared, which a pooler of transactions does not bear.</param>
internal sealed class CommitConnection(
    NpgsqlDataSource dataSource, SchemaName schema, Resource resource, Guid runId, RunOwner owner, CommitKind kind, int fingerprintIterations, bool isPrepared)
    : IAsyncDisposable
{
    private readonly CommitParameters _parameters = new(
        schema.In(CommitStatement.Of(kind), resource), runId, resource.HasTextKeys, fingerprintIterations, kind);
    private readonly KnownItemRows _known = new(schema, resource);
    private readonly JobRows? _jobs = kind is CommitKind.Shared ? new JobRows(schema, runId) : null;
    private NpgsqlConnection? _connection;
    private Task _attempt = Task.CompletedTask;

    /// <summary>Whether the server is still there: what went wrong went wrong with the transaction.</summary>
    public bool IsOpen => _connection?.FullState == ConnectionState.Open;

    /// <summary>
    /// Commits the entries, which are in the order of their IDs, and sets each one's <see cref="PendingEntry.Answer"/>. May be repeated, in other batches too: what was committed before is answered again.
    /// Without entries it shows whether the statement works at all. One transaction after the other; a connection that breaks is replaced.
    /// </summary>
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
            else if (isInDoubt || owner.Epoch == 0)
                await owner.BeginEpochAsync(_connection!, cancellationToken);
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
                // What was aborted must not go on in an epoch that it began meanwhile.
                cancellationToken.ThrowIfCancellationRequested();
                epoch = owner.Epoch;
                _parameters.Fill(batch.Span, isRepeated, owner);
                await ExecuteAsync(batch, cancellationToken);
                if (IsAnswered(batch))
                    return;

                // Some of it may be stored now, and what follows may fail.
                Doubt(batch.Span);
                await RecallAsync(batch, cancellationToken);
                if (IsAnswered(batch))
                    return;
            }
            while (owner.Epoch != epoch);

            if (isSecond)
                throw new IngestionConfigurationException($"{StorageOptions.ConnectionStringKey}: outcomes that are stored cannot be read back; switch row-level security off for {schema}.item_outcomes and {schema}.runs, or let a policy show the user its rows");
            await owner.BeginEpochAsync(_connection!, cancellationToken);
        }
    }

    /// <summary>Writes the answers to the entries, both in the order of their IDs.</summary>
    private async Task ExecuteAsync(ReadOnlyMemory<PendingEntry> batch, CancellationToken cancellationToken)
    {
        await using NpgsqlDataReader reader = await _parameters.Command.ExecuteReaderAsync(cancellationToken);
        for (int next = 0; await reader.ReadAsync(cancellationToken);)
        {
            if (reader.IsDBNull(0))
            {
                CommitGroup.Answer(batch.Span, reader.IsDBNull(3) ? [] : reader.GetFieldValue<long[]>(3));
                continue;
            }

            ItemKey id = ItemKeys.Read(reader, 0, resource.HasTextKeys);
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
        KnownItem[] known = await _known.FindKnownAsync(_connection!, [.. asked.Select(pending => (pending.Entry.Key, (Guid?)(pending.Entry.Job?.Id ?? runId)))], iterations: null, cancellationToken);
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
        NpgsqlConnection connection = await dataSource.OpenConnectionAsync(cancellationToken);
        try
        {
            _parameters.Command.Connection = connection;
            if (isPrepared)
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

    /// <summary>A statement that is not prepared is planned again each time, for the tables as they are then, and needs no settings.</summary>
    private async Task PrepareAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await new NpgsqlCommand(_jobs is null ? CommitStatement.SessionSettings : CommitStatement.SharedSessionSettings, connection).RunAsync(cancellationToken);
        await _parameters.Command.PrepareAsync(cancellationToken);
    }

    private async Task CloseAsync()
    {
        NpgsqlConnection? connection = _connection;
        _connection = null;
        _parameters.Command.Connection = null;
        if (connection is not null)
            await connection.DisposeAsync();
    }
}
