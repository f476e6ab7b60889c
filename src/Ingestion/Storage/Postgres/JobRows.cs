using Ingestion.Storage.Committing;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>Makes sure that a job has its row before its first outcome is stored. Should the process die between the two, a job without outcomes is what is left.</summary>
internal sealed class JobRows(SchemaName schema, Guid runId)
{
    /// <summary>More than that are forgotten, and asked for again.</summary>
    private const int MostRemembered = 10_000;

    private readonly HashSet<Guid> _known = [];

    public async Task AddMissingAsync(NpgsqlConnection connection, ReadOnlyMemory<PendingEntry> batch, CancellationToken cancellationToken)
    {
        Guid last = Guid.Empty;
        for (int i = 0; i < batch.Length; i++)
        {
            if (batch.Span[i].Entry.Job is not { } job || job.Id == last)
                continue;

            last = job.Id;
            if (_known.Contains(job.Id))
                continue;

            await new NpgsqlCommand(schema.In(CommitStatement.AddJob), connection)
                .With(runId).With(job.Id).With<long?>(job.Requested).RunAsync(cancellationToken);
            if (_known.Count == MostRemembered)
                _known.Clear();
            _known.Add(job.Id);
        }
    }
}
