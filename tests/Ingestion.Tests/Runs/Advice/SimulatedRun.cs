using Ingestion.Concurrency;
using Ingestion.Runs;
using Ingestion.Runs.Advice;
using Ingestion.Runs.Recording;

namespace Ingestion.Tests.Runs.Advice;

/// <summary>
/// Carries out a run in steps of a simulated millisecond: a source, a channel, slots, an upstream, cores that items share, commits, retries. What it measures is
/// what a real run measures; what would have been faster is known by simulating that.
/// </summary>
internal sealed class SimulatedRun
{
    private const int ChannelCapacity = 1_024;
    private const int MaxAttempts = 5;
    private const int MaxSamples = 400;

    private readonly Work _work;
    private readonly StrategyDescriptor _strategy;
    private readonly Random _random = new(7);
    private readonly Queue<int> _channel = new();
    private readonly PriorityQueue<int, double> _retries = new();
    private readonly int[] _attempts;
    private readonly List<Attempt> _inSlots = [];
    private readonly List<Attempt> _beyond = [];
    private readonly List<RunSample> _samples = [];
    private readonly double[] _times = new double[5];
    private readonly int _limit;
    private readonly int _usableCores;
    private int _delivered, _left, _retried, _ended, _failed, _retryCount, _requests, _maxInUse, _begun;
    private double _now, _nextPass;

    private SimulatedRun(Work work)
    {
        _work = work;
        _strategy = StrategyCatalog.Find(work.Strategy)!;
        _limit = _strategy.FixedDegree ?? work.LimitFound ?? work.Degree;
        _usableCores = _strategy.StaysOnOneThread ? 1 : work.Cores;
        _attempts = new int[work.Items + 1];
    }

    public double Elapsed => _now;

    public int Ended => _ended;

    private bool IsStopped => _now >= _work.StopAfter;

    private bool IsStorageAway => _work.Away is { } away && _now >= away.From && _now < away.To;

    private bool HasSourceEnded => _delivered == _work.Items;

    public static SimulatedRun Of(Work work)
    {
        SimulatedRun run = new(work);
        while (run._ended < work.Items && !(run.IsStopped && run._inSlots.Count + run._beyond.Count == 0))
            run.Step();
        return run;
    }

    public RunMeasurements Measure()
    {
        int slots = _strategy.IsAdaptive ? Math.Min(_maxInUse, _limit) : _maxInUse;
        int thin = 1 + (_samples.Count / MaxSamples);
        TimeSpan elapsed = Span(_now);
        return new RunMeasurements
        {
            Strategy = _strategy,
            Degree = _strategy.FixedDegree ?? _work.Degree,
            LimitFound = _work.LimitFound,
            HasMetLimit = _work.LimitFound is not null,
            Slots = slots,
            Use = SlotUse.Of([.. _samples.Where((_, i) => i % thin == 0)], elapsed, slots),
            IsComplete = _ended == _work.Items,
            Items = _ended,
            Failed = _failed,
            Retries = _retryCount,
            Requests = _requests,
            Elapsed = elapsed,
            Times = new StageTimes(Span(_times[0]), Span(_times[1]), Span(_times[2]), Span(_times[3]), Span(_times[4])),
            CpuPerItem = Span(_work.Cpu),
            Cores = _work.Cores,
            RequestsPerSecond = _work.Rate,
            ItemsPerRequest = _work.IdsPerRequest,
        };
    }

    private static TimeSpan Span(double milliseconds) => TimeSpan.FromMicroseconds(Math.Round(milliseconds * 1_000));

    private void Step()
    {
        Deliver();
        Begin();
        if (_now % 10 == 0)
            Sample();
        _now++;
        Compute();
        foreach (Attempt attempt in _inSlots.Concat(_beyond).ToArray())
            Advance(attempt);
    }

    private void Sample()
    {
        Supply supply = IsStopped ? Supply.Stopped : HasSourceEnded ? Supply.Ended : _retries.Count >= ChannelCapacity ? Supply.HeldBack : Supply.Feeding;
        _samples.Add(new RunSample(Span(_now), _inSlots.Count, _channel.Count, _retries.Count, _limit, supply, _left, _retried, IsStorageAway));
    }

    private void Deliver()
    {
        if (IsStopped)
            return;

        int due = _work.Source is { } rate ? Math.Min(_work.Items, (int)(_now / 1_000 * rate) + 1) : _work.Items;
        for (; _delivered < due && _channel.Count < ChannelCapacity && _retries.Count < ChannelCapacity; _left++)
            _channel.Enqueue(++_delivered);
        while (_retries.TryPeek(out int id, out double at) && at <= _now)
            _channel.Enqueue(_retries.Dequeue());
    }

    private void Begin()
    {
        while (!IsStopped && _channel.Count > 0 && (_limit == 0 || _inSlots.Count < _limit))
        {
            List<int> ids = [_channel.Dequeue()];
            while (_attempts[ids[0]] == 0 && ids.Count < _work.IdsPerRequest && _channel.TryPeek(out int next) && _attempts[next] == 0)
                ids.Add(_channel.Dequeue());
            double pass = _now;
            if (_work.Rate is { } rate)
                pass = _nextPass = Math.Max(_now, _nextPass + (1_000 / rate));
            if (_work.Closed is { } closed && pass >= closed.From && pass < closed.To)
                pass = closed.To;
            _inSlots.Add(new Attempt { Ids = ids, Stage = Stage.Gate, Left = pass - _now, IsFirst = _begun++ < _limit });
            ids.ForEach(id => _attempts[id]++);
            _maxInUse = Math.Max(_maxInUse, _inSlots.Count);
        }
    }

    /// <summary>Items that compute share the cores.</summary>
    private void Compute()
    {
        Attempt[] computing = [.. _inSlots.Concat(_beyond).Where(attempt => attempt.Stage == Stage.Transform)];
        foreach (Attempt attempt in computing)
            attempt.Left -= Math.Min(1, (double)_usableCores / computing.Length);
    }

    private void Advance(Attempt attempt)
    {
        if (attempt.IsKept)
        {
            GiveSlotBack(attempt);
            return;
        }

        if (attempt.Stage == Stage.Gate && attempt.Left <= 0)
            Send(attempt);
        if (attempt.Stage != Stage.Transform || attempt.Left > -1)
            _times[(int)attempt.Stage]++;
        if (attempt.Stage != Stage.Transform && !(attempt.Stage == Stage.Persist && IsStorageAway))
            attempt.Left--;
        if (attempt.Left <= 0)
            Next(attempt);
    }

    private void Send(Attempt attempt)
    {
        _requests++;
        int atOnce = _inSlots.Count(other => other.Stage == Stage.Fetch) + 1;
        double slower = Math.Max(1, (double)atOnce / _work.Capacity);
        attempt.Stage = Stage.Fetch;
        attempt.Left = (_work.Fetch * (0.75 + (_random.NextDouble() / 2)) * slower) + attempt.Ids.Max(_work.Extra) + (attempt.IsFirst ? _work.StartUp : 0);
    }

    private void Next(Attempt attempt)
    {
        switch (attempt.Stage)
        {
            case Stage.Gate:
                Send(attempt);
                break;
            case Stage.Fetch when _work.Delay > 0:
                (attempt.Stage, attempt.Left) = (Stage.Delay, _work.Delay);
                break;
            case Stage.Fetch or Stage.Delay when attempt.Ids.Exists(id => _work.Fails(id, _attempts[id])):
                Fail(attempt);
                break;
            case Stage.Fetch or Stage.Delay when _strategy.HoldsSlotToTheEnd:
                (attempt.Stage, attempt.Left) = (Stage.Transform, _work.Cpu * attempt.Ids.Count);
                break;
            case Stage.Fetch or Stage.Delay:
                GiveSlotBack(attempt);
                break;
            case Stage.Transform when _beyond.Count(other => other.Stage == Stage.Persist) < _strategy.PersistsBeyondSlot(_work.IdsPerRequest) || _strategy.HoldsSlotToTheEnd:
                (attempt.Stage, attempt.Left) = (Stage.Persist, _work.Persist);
                break;
            case Stage.Persist:
                attempt.Ids.ForEach(End);
                _ = _inSlots.Remove(attempt) || _beyond.Remove(attempt);
                break;
        }
    }

    /// <summary>As many may compute or wait for that as there are cores, twice; whoever comes then keeps its slot.</summary>
    private void GiveSlotBack(Attempt attempt)
    {
        attempt.IsKept = _beyond.Count(other => other.Stage == Stage.Transform) >= 2 * _work.Cores;
        if (attempt.IsKept)
            return;

        _inSlots.Remove(attempt);
        (attempt.Stage, attempt.Left) = (Stage.Transform, _work.Cpu * attempt.Ids.Count);
        _beyond.Add(attempt);
    }

    private void Fail(Attempt attempt)
    {
        _inSlots.Remove(attempt);
        foreach (int id in attempt.Ids)
        {
            if (_attempts[id] >= MaxAttempts)
            {
                _failed++;
                End(id);
                continue;
            }

            _retryCount++;
            _retried += _attempts[id] == 1 ? 1 : 0;
            _retries.Enqueue(id, _now + (_work.BackOff * Math.Pow(2, _attempts[id] - 1)));
        }
    }

    private void End(int id)
    {
        _ended++;
        _left--;
        _retried -= _attempts[id] > 1 ? 1 : 0;
    }

    private sealed class Attempt
    {
        public required List<int> Ids { get; init; }

        public required Stage Stage { get; set; }

        public required double Left { get; set; }

        public bool IsFirst { get; init; }

        /// <summary>It has its slot although it is done there: the next stage does not take it.</summary>
        public bool IsKept { get; set; }
    }
}
