using System.Collections.Concurrent;

namespace UpstreamSimulator.Statistics;

/// <summary>What the simulator was asked, and what it answered. Counts the requests below <c>/api/</c>, and those for tokens. Safe for concurrent use.</summary>
public sealed class SimulatorStatistics
{
    private const int Statuses = 600;

    private readonly Lock _lock = new();
    private readonly List<(Func<SimulatorStatistics, bool> Condition, TaskCompletionSource Reached)> _waiters = [];
    private readonly ConcurrentDictionary<Fault, long> _byFault = [];
    private Counts _counts = new();
    private int _inFlight;
    private int _maxInFlight;
    private volatile bool _isAwaited;

    public long TotalRequests => Interlocked.Read(ref _counts.Total);

    public long TokenRequests => Interlocked.Read(ref _counts.Tokens);

    /// <summary>Requests that arrived and have not been answered.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    public int MaxInFlight => Volatile.Read(ref _maxInFlight);

    /// <summary>Requests for an ID of any collection, whatever became of them.</summary>
    public int Requests(int id) => _counts.PerId[id].Requests;

    /// <summary>Requests for an ID that were answered with its whole record.</summary>
    public int Successes(int id) => _counts.PerId[id].Successes;

    /// <summary>The IDs that were asked for at least once, in order.</summary>
    public IEnumerable<int> Ids() => _counts.PerId.Ids();

    /// <summary>Answers with an HTTP status.</summary>
    public long Status(int status) => Interlocked.Read(ref _counts.ByStatus[status]);

    /// <summary>Every status that was sent, and how often.</summary>
    public IEnumerable<KeyValuePair<int, long>> ByStatus() =>
        Enumerable.Range(0, Statuses).Select(status => KeyValuePair.Create(status, Status(status))).Where(pair => pair.Value > 0);

    /// <summary>Every fault that was committed, and how often.</summary>
    public IEnumerable<KeyValuePair<Fault, long>> ByFault() => _byFault;

    /// <summary>Completes as soon as a condition on these numbers holds; it is looked at whenever a request arrives or is answered.</summary>
    /// <exception cref="TimeoutException">It has not held within two minutes: whoever should make the requests may have ended.</exception>
    public Task WaitUntilAsync(Func<SimulatorStatistics, bool> condition)
    {
        lock (_lock)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((condition, reached));
            _isAwaited = true;
            // A request that did not see the flag was counted before this, and is seen now.
            Interlocked.MemoryBarrier();
            WakeWaiters();
            return reached.Task.WaitAsync(TimeSpan.FromMinutes(2));
        }
    }

    /// <summary>Starts again from nothing; every ID's next request counts as its first. Requests in flight stay in flight.</summary>
    public void Reset()
    {
        _counts = new Counts();
        _byFault.Clear();
        Volatile.Write(ref _maxInFlight, InFlight);
    }

    /// <summary>A request arrived.</summary>
    /// <returns>How many are in flight now, itself included.</returns>
    internal int Enter()
    {
        Interlocked.Increment(ref _counts.Total);
        int inFlight = Interlocked.Increment(ref _inFlight);
        int most = MaxInFlight;
        while (inFlight > most)
            most = Interlocked.CompareExchange(ref _maxInFlight, inFlight, most) is var seen && seen == most ? inFlight : seen;

        WakeWaitersIfAny();
        return inFlight;
    }

    /// <summary>
    /// A request is about to be answered. Called before the answer leaves: a client that has read it may look at these numbers, or send its next
    /// request, and must not find the old one still in flight.
    /// </summary>
    internal void Leave()
    {
        Interlocked.Decrement(ref _inFlight);
        WakeWaitersIfAny();
    }

    internal int AddRequest(int id) => _counts.PerId.AddRequest(id);

    internal void AddTokenRequest() => Interlocked.Increment(ref _counts.Tokens);

    internal void AddSuccess(int id) => _counts.PerId.AddSuccess(id);

    internal void AddStatus(int status) => Interlocked.Increment(ref _counts.ByStatus[status]);

    internal void AddFault(Fault fault) => _byFault.AddOrUpdate(fault, 1, (_, count) => count + 1);

    private void WakeWaitersIfAny()
    {
        if (!_isAwaited)
            return;

        lock (_lock)
            WakeWaiters();
    }

    private void WakeWaiters()
    {
        _waiters.RemoveAll(waiter => waiter.Condition(this) && waiter.Reached.TrySetResult());
        _isAwaited = _waiters.Count > 0;
    }

    private sealed class Counts
    {
        public long Total;
        public long Tokens;
        public readonly long[] ByStatus = new long[Statuses];
        public readonly IdCounters PerId = new();
    }
}
