using System.Collections.Concurrent;
using Ingestion.Items;
using Ingestion.Storage;

namespace Ingestion.Tests.Runs;

/// <summary>Keeps one run in memory.</summary>
internal sealed class MemoryRunStore : IRunStore, IOutcomeWriter, ISourceLease, IRetention
{
    private volatile CancellationTokenSource _lost = new();
    private CancellationToken _giveUp;
    private Action? _taken;
    private int _written;
    private int _leases;

    public ConcurrentDictionary<ItemKey, OutcomeEntry> Outcomes { get; } = new();

    /// <summary>How many entries were handed over.</summary>
    public int Written => Volatile.Read(ref _written);

    /// <summary>The tags of what earlier runs stored.</summary>
    public ConcurrentDictionary<ItemKey, string> EntityTags { get; } = new();

    /// <summary>What each question about items was: how many they were, and how many of them might have an outcome.</summary>
    public ConcurrentQueue<(int Items, int MayBeDone)> Questions { get; } = [];

    /// <summary>What earlier deliveries of the items led to, by run or job.</summary>
    public ConcurrentDictionary<(Guid Run, ItemKey Key), CommittedOutcome> Done { get; } = new();

    /// <summary>What is opened; a new run unless it is set.</summary>
    public OpenedRun? Opened { get; set; }

    /// <summary>What asking fails with.</summary>
    public Exception? Broken { get; set; }

    /// <summary>Whether an item may end twice: the stored outcome stands.</summary>
    public bool MayRepeat { get; set; }

    /// <summary>What a commit waits for.</summary>
    public Task Committing { get; set; } = Task.CompletedTask;

    public CancellationToken Lost => _lost.Token;

    /// <summary>How many times the lease was had.</summary>
    public int Leases => Volatile.Read(ref _leases);

    /// <summary>Another process has taken the lease.</summary>
    public void LoseLease() => _lost.Cancel();

    /// <summary>It turns out that another process has taken the run up.</summary>
    public void LoseRun() => _taken!();

    public Task<ISourceLease> LeaseSourceAsync(string source, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _lost = new CancellationTokenSource();
        Interlocked.Increment(ref _leases);
        return Task.FromResult<ISourceLease>(this);
    }

    public Task<OpenedRun> OpenAsync(RunStart start, CancellationToken cancellationToken) =>
        Task.FromResult(Opened ?? new OpenedRun(Guid.CreateVersion7(), IsResumed: false, default));

    public IOutcomeWriter OpenWriter(Guid runId, bool isRedrive = false, bool isShared = false, bool isAscending = false, Action? taken = null, CancellationToken giveUp = default)
    {
        (_giveUp, _taken) = (giveUp, taken);
        return this;
    }

    public Task<OutcomeCounts> CloseAsync(Guid runId, RunStatus status, CancellationToken cancellationToken) =>
        Task.FromResult(Outcomes.Values.Aggregate(Opened?.Counts ?? default, (counts, entry) => counts.With(CommittedOf(entry).Outcome)));

    public Task CloseSharedAsync(Guid runId, RunStatus status, OutcomeCounts counts, CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task<CommittedOutcome> WriteAsync(OutcomeEntry entry)
    {
        CancellationToken giveUp = _giveUp; // Not that of the next writer.
        Interlocked.Increment(ref _written);
        await Committing.WaitAsync(giveUp);
        giveUp.ThrowIfCancellationRequested(); // The wait may have ended by both.
        Assert.True(Outcomes.TryAdd(entry.Key, entry) || MayRepeat, $"character {entry.Key} has two outcomes");
        return CommittedOf(Outcomes[entry.Key]);
    }

    public Task<bool> AnyStoredAsync(CancellationToken cancellationToken) => Task.FromResult(!EntityTags.IsEmpty);

    public Task<KnownItem[]> FindKnownAsync(IReadOnlyCollection<(ItemKey Key, Guid? Run)> items, bool withTags, CancellationToken cancellationToken)
    {
        if (Broken is not null)
            throw Broken;
        Questions.Enqueue((items.Count, items.Count(item => item.Run is not null)));
        return Task.FromResult<KnownItem[]>([.. items.Select(item =>
            item.Run is { } run && Done.TryGetValue((run, item.Key), out CommittedOutcome done) ? new KnownItem(done, null) : new KnownItem(null, withTags ? EntityTags.GetValueOrDefault(item.Key) : null))]);
    }

    /// <summary>The limit an earlier run learned, and then this one.</summary>
    public int? LearnedLimit { get; set; }

    /// <summary>What looking it up waits for.</summary>
    public Task Finding { get; set; } = Task.CompletedTask;

    /// <summary>Whether somebody looks.</summary>
    public bool IsFinding { get; private set; }

    public async Task<int?> FindLearnedLimitAsync(string upstream, CancellationToken cancellationToken)
    {
        IsFinding = true;
        await Finding.WaitAsync(cancellationToken);
        return LearnedLimit;
    }

    public Task StoreLearnedLimitAsync(Guid runId, string upstream, int limit, CancellationToken cancellationToken)
    {
        LearnedLimit = limit;
        return Task.CompletedTask;
    }

    private static CommittedOutcome CommittedOf(OutcomeEntry entry) => new(entry.Record is null ? entry.OutcomeWithoutRecord : Outcome.Ingested, entry.Error);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Throws what is set, as history is removed.</summary>
    public Exception? RetentionProblem { get; set; }

    /// <summary>How old the history was that was removed, each time.</summary>
    public List<TimeSpan> Pruned { get; } = [];

    public Task<History> PruneAsync(TimeSpan olderThan, TimeSpan? patience, CancellationToken cancellationToken)
    {
        Pruned.Add(olderThan);
        return RetentionProblem is { } problem ? Task.FromException<History>(problem) : Task.FromResult(default(History));
    }

    public Task<History> FindAsync(TimeSpan olderThan, CancellationToken cancellationToken) => Task.FromResult(default(History));
}
