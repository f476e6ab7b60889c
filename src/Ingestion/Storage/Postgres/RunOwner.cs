using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>
/// What a writer shows to store something of its run: the process that has taken the run up, and an epoch. Whoever takes it up replaces both, and waits until the commits under way are through: after
/// that, an earlier writer stores nothing any more, however late its statement arrives. The same is done with a connection whose answer was lost. Safe from any thread.
/// </summary>
internal sealed class RunOwner(SchemaName schema, Guid runId, Guid process)
{
    private const string Begin = "UPDATE ingestion.runs SET epoch = epoch + 1 WHERE id = $1 AND owner = $2 RETURNING epoch";

    private long _epoch;

    public Guid Process => process;

    /// <summary>0 before the first has begun.</summary>
    public long Epoch => Interlocked.Read(ref _epoch);

    /// <summary>Begins an epoch. What was sent in an earlier one is committed now, or never will be.</summary>
    /// <exception cref="RunTakenUpException">Another process has taken the run up.</exception>
    public async Task BeginEpochAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        long begun = await new NpgsqlCommand(schema.In(Begin), connection).With(runId).With(process).ReadOneAsync<long?>(cancellationToken) ?? throw new RunTakenUpException(runId);
        // Two connections may do this at once: the later one counts.
        for (long before = Epoch; before < begun; before = Epoch)
            Interlocked.CompareExchange(ref _epoch, begun, before);
    }
}
