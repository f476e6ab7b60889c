using System.Collections.Concurrent;
using Ingestion.Items;
using Ingestion.Storage;

namespace Ingestion.Tests.Runs;

/// <summary>Keeps one run in memory.</summary>
internal sealed class MemoryRunStore : IRunStore, IOutcomeWriter, ISourceLease, IKnownEntityTags, ILearnedLimits
{
    private volatile CancellationTokenSource _lost = new();
    private CancellationToken _giveUp;
    private int _written;
    private int _leases;

    public ConcurrentDictionary<ItemKey, OutcomeEntry> Outcomes { get; } = new();

    /// <summary>How many entries were handed over.</summary>
    public int Written => Volatile.Read(ref _written);

    /// <summary>The tags of what earlier runs stored.</summary>
    public ConcurrentDictionary<ItemKey, string> EntityTags { get; } = new();

    /// <summary>How many IDs each look-up for tags was for.</summary>
    public ConcurrentQueue<ItemKey> LookUps { get; } = [];

    /// <summary>What a commit waits for.</summary>
    public Task Committing { get; set; } = Task.CompletedTask;

    public CancellationToken Lost => _lost.Token;

    /// <summary>How many times the lease was had.</summary>
    public int Leases => Volatile.Read(ref _leases);

    /// <summary>Another process has taken the lease.</summary>
    public void LoseLease() => _lost.Cancel();

    public Task<ISourceLease> LeaseSourceAsync(string source, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _lost = new CancellationTokenSource();
        Interlocked.Increment(ref _leases);
        return Task.FromResult<ISourceLease>(this);
    }

    public Task<OpenedRun> OpenAsync(RunStart start, CancellationToken cancellationToken) =>
        Task.FromResult(new OpenedRun(Guid.CreateVersion7(), IsResumed: false, new IdSet(), default));

    public IOutcomeWriter OpenWriter(Guid runId, bool isRedrive = false, bool isShared = false, CancellationToken giveUp = default)
    {
        _giveUp = giveUp;
        return this;
    }

    public Task<OutcomeCounts> CloseAsync(Guid runId, RunStatus status, CancellationToken cancellationToken)
    {
        ILookup<Outcome, OutcomeEntry> stored = Outcomes.Values.ToLookup(StoredAs);
        return Task.FromResult(new OutcomeCounts(stored[Outcome.Ingested].Count(), stored[Outcome.Unchanged].Count(), stored[Outcome.NotFound].Count(), stored[Outcome.Failed].Count()));
    }

    public Task CloseSharedAsync(Guid runId, RunStatus status, OutcomeCounts counts, CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task<CommittedOutcome> WriteAsync(OutcomeEntry entry)
    {
        CancellationToken giveUp = _giveUp; // Not that of the next writer.
        Interlocked.Increment(ref _written);
        await Committing.WaitAsync(giveUp);
        giveUp.ThrowIfCancellationRequested(); // The wait may have ended by both.
        Assert.True(Outcomes.TryAdd(entry.Key, entry), $"character {entry.Key} has two outcomes");
        return new CommittedOutcome(StoredAs(entry), entry.Error);
    }

    private static Outcome StoredAs(OutcomeEntry entry) => entry.Record is null ? entry.OutcomeWithoutRecord : Outcome.Ingested;

    public Task<bool> AnyStoredAsync(CancellationToken cancellationToken) => Task.FromResult(!EntityTags.IsEmpty);

    public Task<IReadOnlyDictionary<ItemKey, string>> FindAsync(IReadOnlyList<ItemKey> ids, CancellationToken cancellationToken)
    {
        LookUps.Enqueue(ids.Count);
        return Task.FromResult<IReadOnlyDictionary<ItemKey, string>>(ids.Where(EntityTags.ContainsKey).ToDictionary(id => id, id => EntityTags[id]));
    }

    /// <summary>The limit an earlier run learned, and then this one.</summary>
    public int? LearnedLimit { get; set; }

    /// <summary>What looking it up waits for.</summary>
    public Task Finding { get; set; } = Task.CompletedTask;

    /// <summary>Whether somebody looks.</summary>
    public bool IsFinding { get; private set; }

    public async Task<int?> FindAsync(string upstream, CancellationToken cancellationToken)
    {
        IsFinding = true;
        await Finding.WaitAsync(cancellationToken);
        return LearnedLimit;
    }

    public Task StoreAsync(Guid runId, string upstream, int limit, CancellationToken cancellationToken)
    {
        LearnedLimit = limit;
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
