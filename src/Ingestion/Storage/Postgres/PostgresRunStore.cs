using Ingestion.Records;
using Ingestion.Storage.Committing;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>The book of runs in the table <c>runs</c>. Every operation waits until an outage is over.</summary>
internal sealed class PostgresRunStore(
    NpgsqlDataSource dataSource,
    LockConnections locks,
    SchemaName schema,
    Resource resource,
    IOptions<StorageOptions> options,
    IOptions<TransformOptions> transform,
    OutageGuards outages,
    StorageHealth health,
    IngestionMetrics metrics,
    TimeProvider time,
    ILogger<PostgresRunStore> logger) : IRunStore
{
    /// <summary>From this size of the pool on there may be two transactions at a time: one connection must be left for everything else.</summary>
    private const int PoolOfTwoTransactions = 3;

    private const string FindLimit = "SELECT learned_limit FROM ingestion.runs WHERE upstream = $1 AND learned_limit IS NOT NULL ORDER BY started_at DESC, id DESC LIMIT 1";
    private const string StoreLimit = "UPDATE ingestion.runs SET upstream = $2, learned_limit = $3 WHERE id = $1";

    private readonly RunRows _rows = new(schema, resource);
    private readonly KnownItemRows _known = new(schema, resource);

    public async Task<ISourceLease> LeaseSourceAsync(string source, CancellationToken cancellationToken)
    {
        var lease = new SourceLease(source, schema, locks, outages.New(logger), time, logger);
        try
        {
            await lease.AcquireAsync(cancellationToken);
            return lease;
        }
        catch
        {
            await lease.DisposeAsync();
            throw;
        }
    }

    public Task<OpenedRun> OpenAsync(RunStart start, CancellationToken cancellationToken)
    {
        // Made here, so that a repetition after a commit whose answer was lost opens the same run.
        Guid id = Guid.CreateVersion7(time.GetUtcNow());
        return WithConnectionAsync((connection, token) => OpenOnceAsync(connection, id, start, token), cancellationToken);
    }

    public Task<bool> AnyStoredAsync(CancellationToken cancellationToken) => WithConnectionAsync(_known.AnyStoredAsync, cancellationToken);

    public Task<KnownItem[]> FindKnownAsync(IReadOnlyCollection<(ItemKey Key, Guid? Run)> items, bool withTags, CancellationToken cancellationToken) =>
        WithConnectionAsync((connection, token) => _known.FindKnownAsync(connection, items, withTags ? transform.Value.FingerprintIterations : null, token), cancellationToken);

    public IOutcomeWriter OpenWriter(Guid runId, bool isRedrive = false, bool isShared = false, bool isAscending = false, Action? taken = null, CancellationToken giveUp = default)
    {
        CommitKind kind = isShared ? CommitKind.Shared : isRedrive ? CommitKind.Redrive : isAscending ? CommitKind.Ascending : CommitKind.Plain;
        RunOwner owner = new(schema, runId, _rows.Process);
        Committer? second = new NpgsqlConnectionStringBuilder(dataSource.ConnectionString).MaxPoolSize < PoolOfTwoTransactions ? null : NewCommitter(runId, owner, kind);
        return new GroupCommitWriter(runId, NewCommitter(runId, owner, kind), second, outages.New(logger), health, metrics, time, logger, taken, giveUp).Start();
    }

    public Task<OutcomeCounts> CloseAsync(Guid runId, RunStatus status, CancellationToken cancellationToken) =>
        WithConnectionAsync((connection, token) => _rows.CloseAsync(connection, runId, status, token), cancellationToken);

    public Task CloseSharedAsync(Guid runId, RunStatus status, OutcomeCounts counts, CancellationToken cancellationToken) =>
        WithConnectionAsync(async (connection, token) =>
        {
            await _rows.CloseSharedAsync(connection, runId, status, counts, token);
            return true;
        }, cancellationToken);

    public Task<int?> FindLearnedLimitAsync(string upstream, CancellationToken cancellationToken) =>
        outages.New(logger).RunAsync(token => dataSource.CreateCommand(schema.In(FindLimit)).With(upstream).ReadOneAsync<int?>(token), cancellationToken);

    public Task StoreLearnedLimitAsync(Guid runId, string upstream, int limit, CancellationToken cancellationToken) =>
        outages.New(logger).RunAsync(
            token => dataSource.CreateCommand(schema.In(StoreLimit)).With(runId).With(upstream).With(limit).RunAsync(token), cancellationToken);

    private Task<T> WithConnectionAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken) => outages.New(logger).RunAsync(async token =>
    {
        await using NpgsqlConnection connection = await dataSource.OpenConnectionAsync(token);
        return await work(connection, token);
    }, cancellationToken);

    private async Task<OpenedRun> OpenOnceAsync(NpgsqlConnection connection, Guid id, RunStart start, CancellationToken cancellationToken)
    {
        if (start.Interrupted is { } own && await _rows.TakeUpOwnAsync(connection, own, cancellationToken))
            return await ResumeAsync(own);
        if (start.Resume && await _rows.TakeUpAsync(connection, start, cancellationToken) is { } unfinished && unfinished != id)
            return await ResumeAsync(unfinished);

        foreach ((Guid abandoned, string? upstream, string? path) in await _rows.BeginAsync(connection, id, start, cancellationToken))
            logger.RunAbandoned(abandoned, start.Source, WhyNotResumed(start, upstream, path), id);
        return new OpenedRun(id, IsResumed: false, default);

        async Task<OpenedRun> ResumeAsync(Guid run) => new(run, IsResumed: true, await _rows.CountAsync(connection, run, cancellationToken));
    }

    private static string WhyNotResumed(RunStart start, string? upstream, string? path) => (start, upstream) switch
    {
        ({ Resume: false }, _) => "a new run was asked for",
        (_, null) => "an earlier version of the worker began it, without noting its upstream",
        _ when path != start.Resource => $"its resource was {path}, and now it is {start.Resource}",
        _ when upstream != start.Upstream => $"its upstream was {upstream}, and now it is {start.Upstream}",
        _ => $"it has been idle for longer than Ingestion:ResumeWithin ({start.ResumeWithin})",
    };

    private Committer NewCommitter(Guid runId, RunOwner owner, CommitKind kind) => new(
        runId, options.Value.MaxBatchSize, new CommitConnection(dataSource, schema, resource, runId, owner, kind, transform.Value.FingerprintIterations, !options.Value.TransactionPooling));
}
