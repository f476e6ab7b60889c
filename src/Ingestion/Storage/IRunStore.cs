namespace Ingestion.Storage;

/// <summary>Keeps the book of runs.</summary>
internal interface IRunStore
{
    /// <summary>
    /// Takes the advisory lock of a source, standing by while another process has it. Dispose the lease to give it back.
    /// </summary>
    Task<ISourceLease> LeaseSourceAsync(string source, CancellationToken cancellationToken);

    /// <summary>
    /// Opens a run: a new one, or with <see cref="RunStart.Resume"/> the unfinished one over the same source and upstream if there is one, or
    /// <see cref="RunStart.Interrupted"/>. A new one abandons what is unfinished over its source, and the log says so and why.
    /// </summary>
    Task<OpenedRun> OpenAsync(RunStart start, CancellationToken cancellationToken);

    /// <summary>Whether any record is stored. Costs the same however many there are: without one, there are no entity tags to look for.</summary>
    Task<bool> AnyStoredAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Finds what is known of items, in their order, with one query. A record that was fingerprinted with another <c>Transform:FingerprintIterations</c> has no tag:
    /// it has to be fetched, or its hash would stay that of the old setting.
    /// </summary>
    /// <param name="items">The items, each with the run or job it may have an outcome in; null when it can have none.</param>
    /// <param name="withTags">Whether entity tags are wanted.</param>
    Task<KnownItem[]> FindKnownAsync(IReadOnlyCollection<(ItemKey Key, Guid? Run)> items, bool withTags, CancellationToken cancellationToken);

    /// <param name="isRedrive">Whether an outcome that is no failure resolves earlier failures of its item, in the same transaction.</param>
    /// <param name="isShared">Whether outcomes may belong to a job instead of the run. A failure of the same job is then replaced, and others of the item are resolved.</param>
    /// <param name="isAscending">Whether its keys are integers that ascend, so that none comes twice: what a commit did for most of them is in one row then.</param>
    /// <param name="taken">Is told when it turns out that another process has taken the run up. Nothing is written any more then.</param>
    /// <param name="giveUp">From then on nothing is written any more: what is queued fails.</param>
    IOutcomeWriter OpenWriter(Guid runId, bool isRedrive = false, bool isShared = false, bool isAscending = false, Action? taken = null, CancellationToken giveUp = default);

    /// <summary>
    /// Records how the run stands, with its counts computed from the outcomes stored, and resolves what failed earlier and did not fail in this run. Waits for
    /// the database as long as it takes.
    /// </summary>
    Task<OutcomeCounts> CloseAsync(Guid runId, RunStatus status, CancellationToken cancellationToken);

    /// <summary>As <see cref="CloseAsync"/>, for a run over a shared source: with the counts that are given, for its outcomes may be those of jobs. Jobs that have all they requested are finished.</summary>
    Task CloseSharedAsync(Guid runId, RunStatus status, OutcomeCounts counts, CancellationToken cancellationToken);

    /// <summary>Finds the concurrency limit that the last run learned which learned any of this upstream; null if there is none.</summary>
    Task<int?> FindLearnedLimitAsync(string upstream, CancellationToken cancellationToken);

    /// <summary>Stores with a run the limit that it has learned of its upstream: requests at once, 1 or more.</summary>
    Task StoreLearnedLimitAsync(Guid runId, string upstream, int limit, CancellationToken cancellationToken);
}
