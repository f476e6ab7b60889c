using System.Collections.Concurrent;
using Ingestion.Concurrency;

namespace Ingestion.Tests.Concurrency;

/// <summary>Stages that record what a strategy does with them, and that a test holds up and lets go as it likes.</summary>
internal sealed class Probe : IAttemptStarter<int>
{
    private readonly ConcurrentQueue<Visit> _visits = new();
    private readonly SemaphoreSlim _fetching = new(0);
    private int _inFetch;
    private int _maxInFetch;
    private int _inPersist;
    private int _maxInPersist;
    private int _open;

    /// <summary>What every fetch waits for; complete = not held up.</summary>
    public Func<int, Task> Hold { get; init; } = static _ => Task.CompletedTask;

    /// <summary>What every persist waits for.</summary>
    public Func<Task> HoldPersist { get; init; } = static async () => await Task.Yield();

    public int ItemsPerAttempt { get; init; } = 1;

    /// <summary>Thrown by this stage of this item.</summary>
    public (int Item, string Stage)? Fault { get; init; }

    public IReadOnlyCollection<Visit> Visits => _visits;

    /// <summary>The most fetches that overlapped.</summary>
    public int MaxInFetch => Volatile.Read(ref _maxInFetch);

    /// <summary>The most persists that overlapped.</summary>
    public int MaxInPersist => Volatile.Read(ref _maxInPersist);

    /// <summary>Attempts begun that have not ended.</summary>
    public int Open => Volatile.Read(ref _open);

    public IItemAttempt Start(int item, int slot)
    {
        Interlocked.Increment(ref _open);
        Visit visit = new(item, slot, ThreadSighting.Here());
        _visits.Enqueue(visit);
        return new Attempt(this, visit);
    }

    /// <summary>Waits until this many fetches have begun since the last call.</summary>
    public async Task FetchesBeganAsync(int count)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(30));
        for (int i = 0; i < count; i++)
            await _fetching.WaitAsync(patience.Token);
    }

    /// <summary>Whether another fetch begins within the time that a wrong one would need.</summary>
    public Task<bool> AnotherFetchBeginsAsync() => _fetching.WaitAsync(TimeSpan.FromMilliseconds(200));

    private sealed class Attempt(Probe probe, Visit visit) : IItemAttempt
    {
        public void Transform()
        {
            visit.TransformThread = ThreadSighting.Here();
            ThrowIf("transform");
        }

        public async ValueTask PersistAsync(bool async, CancellationToken abort)
        {
            visit.PersistWasBlocking = !async;
            visit.PersistThread = ThreadSighting.Here();
            InterlockedMax(ref probe._maxInPersist, Interlocked.Increment(ref probe._inPersist));
            if (async)
                await probe.HoldPersist();
            Interlocked.Decrement(ref probe._inPersist);
            visit.AfterPersistThread = ThreadSighting.Here();
            ThrowIf("persist");
        }

        public void End()
        {
            visit.Ended++;
            visit.EndThread = ThreadSighting.Here();
            Interlocked.Decrement(ref probe._open);
        }

        public async ValueTask FetchAsync(bool async, CancellationToken abort)
        {
            visit.FetchWasBlocking = !async;
            int overlapping = Interlocked.Increment(ref probe._inFetch);
            InterlockedMax(ref probe._maxInFetch, overlapping);
            probe._fetching.Release();
            try
            {
                Task hold = probe.Hold(visit.Item).WaitAsync(abort);
                if (async)
                    await hold;
                else
                    hold.GetAwaiter().GetResult();
                visit.AfterFetchThread = ThreadSighting.Here();
                ThrowIf("fetch");
            }
            finally
            {
                Interlocked.Decrement(ref probe._inFetch);
            }
        }

        private void ThrowIf(string stage)
        {
            if (probe.Fault == (visit.Item, stage))
                throw new InvalidOperationException($"{stage} of {visit.Item} is broken");
        }

        private static void InterlockedMax(ref int target, int value)
        {
            int seen = Volatile.Read(ref target);
            while (value > seen && Interlocked.CompareExchange(ref target, value, seen) is int actual && actual != seen)
                seen = actual;
        }
    }
}
