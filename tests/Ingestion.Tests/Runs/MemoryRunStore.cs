using System.Collections.Concurrent;
using Ingestion.Characters;
using Ingestion.Storage;

namespace Ingestion.Tests.Runs;

/// <summary>Keeps one run in memory.</summary>
internal sealed class MemoryRunStore : IRunStore, IOutcomeWriter, ISourceLease, IKnownEntityTags, ILearnedLimits
{
    private int _written;

    public ConcurrentDictionary<int, OutcomeEntry> Outcomes { get; } = new();

    /// <summary>How many entries were handed over.</summary>
    public int Written => Volatile.Read(ref _written);

    /// <summary>The tags of what earlier runs stored.</summary>
    public ConcurrentDictionary<int, string> EntityTags { get; } = new();

    /// <summary>How many IDs each look-up for tags was for.</summary>
    public ConcurrentQueue<int> LookUps { get; } = [];

    /// <summary>What a commit waits for.</summary>
    public Task Committing { get; set; } = Task.CompletedTask;

    /// <summary>Nobody else wants it.</summary>
    public CancellationToken Lost => CancellationToken.None;

    public Task<ISourceLease> LeaseSourceAsync(string source, CancellationToken cancellationToken) => Task.FromResult<ISourceLease>(this);

    public Task<OpenedRun> OpenAsync(RunStart start, CancellationToken cancellationToken) =>
        Task.FromResult(new OpenedRun(Guid.CreateVersion7(), IsResumed: false, new IdSet(), default));

    public IOutcomeWriter OpenWriter(Guid runId, bool isRedrive = false, bool isShared = false, CancellationToken giveUp = default) => this;

    public Task<OutcomeCounts> CloseAsync(Guid runId, RunStatus status, CancellationToken cancellationToken) => Task.FromResult(default(OutcomeCounts));

    public Task CloseSharedAsync(Guid runId, RunStatus status, OutcomeCounts counts, CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task<CommittedOutcome> WriteAsync(OutcomeEntry entry)
    {
        Interlocked.Increment(ref _written);
        await Committing;
        Assert.True(Outcomes.TryAdd(entry.CharacterId, entry), $"character {entry.CharacterId} has two outcomes");
        return new CommittedOutcome(entry.Record is null ? entry.OutcomeWithoutRecord : Outcome.Ingested, entry.Error);
    }

    public Task<bool> AnyStoredAsync(CancellationToken cancellationToken) => Task.FromResult(!EntityTags.IsEmpty);

    public Task<IReadOnlyDictionary<int, string>> FindAsync(IReadOnlyList<int> ids, CancellationToken cancellationToken)
    {
        LookUps.Enqueue(ids.Count);
        return Task.FromResult<IReadOnlyDictionary<int, string>>(ids.Where(EntityTags.ContainsKey).ToDictionary(id => id, id => EntityTags[id]));
    }

    /// <summary>The limit an earlier run learned, and then this one.</summary>
    public int? LearnedLimit { get; set; }

    public Task<int?> FindAsync(string upstream, CancellationToken cancellationToken) => Task.FromResult(LearnedLimit);

    public Task StoreAsync(Guid runId, string upstream, int limit, CancellationToken cancellationToken)
    {
        LearnedLimit = limit;
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
