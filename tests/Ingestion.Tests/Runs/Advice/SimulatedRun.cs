using Ingestion.Concurrency;
using Ingestion.Runs;
using Ingestion.Runs.Advice;
using Ingestion.Runs.Recording;

namespace Ingestion.Tests.Runs.Advice;

/// <summary>
/// Carries out a run in steps of a simulated millisecond: a source, a channel, slots, an upstream, cores that items share, commits, retries. What it measures is
/// what a real run measures; what would have been faster is known by simulating that. Nothing is left to chance: an item's answer takes as long in each simulation.
/// </summary>
internal sealed class SimulatedRun
{
    private const int MaxSamples = 400;
    private const int SampleEvery = 10;
    private const double MaxBackOff = 30_000;

    private readonly Work _work;
    private readonly StrategyDescriptor _strategy;
    private readonly SimulatedSource _source;
    private readonly int[] _attempts;
    private readonly List<SimulatedAttempt> _all = [];
    private readonly SimulatedCores _cores;
    private readonly SimulatedUpstream _upstream;
    private readonly List<RunSample> _samples = [];
    private readonly double[] _times = new double[5];
    private readonly int _limit;
    private int _inSlots, _fetching, _transforming, _persisting, _beyondPersisting;
    private int _retried, _ended, _failed, _retryCount, _requests, _maxInUse, _begun;
    private double _now, _step;

    private SimulatedRun(Work work)
    {
        _work = work;
        _strategy = StrategyCatalog.Find(work.Strategy)!;
        _limit = _strategy.FixedDegree ?? work.LimitFound ?? work.Degree;
        _cores = new SimulatedCores(work, _strategy.StaysOnOneThread);
        _upstream = new SimulatedUpstream(work);
        _attempts = new int[work.Items + 1];
        _source = new SimulatedSource(work);
    }

    public double Elapsed => _now;

    private bool IsStopped => _now >= _work.StopAfter;

    private bool IsStorageAway => _work.Away is { } away && _now >= away.From && _now < away.To;

    public static SimulatedRun Of(Work work)
    {
        SimulatedRun run = new(work);
        while (run._ended < work.Items && !(run.IsStopped && run._all.Count == 0))
            run.Step();
        return run;
    }

    public RunMeasurements Measure()
    {
        int thin = 1 + (_samples.Count / MaxSamples);
        int slots = _strategy.IsAdaptive ? Math.Min(_maxInUse, _limit) : _maxInUse;
        RunMeasurements all = new RunMeasurements
        {
            Strategy = _strategy,
            Degree = _strategy.FixedDegree ?? _work.Degree,
            LimitFound = _work.LimitFound,
            HasMetLimit = _work.LimitFound is not null && _work.Capacity < int.MaxValue,
            Slots = slots,
            IsResumed = _work.Skips is not null,
            Cores = _work.CpuQuota ?? _work.Cores,
            Cpu = _cores.Read(_now),
            RequestsPerSecond = _work.Rate,
            HasQuota = _work.Quota is not null,
            ItemsPerRequest = _work.IdsPerRequest,
            ChannelCapacity = SimulatedSource.Capacity,
        }.Of([.. _samples.Where((_, i) => i % thin == 0), Look()]);
        bool isComplete = _ended == _work.Items;
        return all with { Slots = slots, IsComplete = isComplete, ItemsInAll = isComplete ? null : _work.Items };
    }

    private static TimeSpan Span(double milliseconds) => TimeSpan.FromMicroseconds(Math.Round(milliseconds * 1_000));

    private void Step()
    {
        if (!IsStopped)
            _source.Deliver(_now);
        Begin();
        if (_now % SampleEvery == 0)
            _samples.Add(Look());
        _step = StepAhead();
        _now += _step;
        _cores.Compute(_all, _now);
        _all.ForEach(Advance);
        _all.RemoveAll(attempt => attempt.IsOver);
    }

    /// <summary>A millisecond while anything computes; else as far as nothing happens.</summary>
    private double StepAhead()
    {
        double step = SampleEvery - (_now % SampleEvery);
        foreach (SimulatedAttempt attempt in _all)
        {
            if (!attempt.IsKept && (attempt.Left > 0 || !attempt.IsComputing))
                step = Math.Min(step, attempt.IsComputing ? 1 : Math.Ceiling(attempt.Left));
        }

        return Math.Max(1, Math.Min(step, Math.Ceiling(_source.NextAt(_now) - _now)));
    }

    private RunSample Look() => new(
        Span(_now), _inSlots, _source.Channel.Count, _source.Retries.Count, _limit, IsStopped ? Supply.Stopped : _source.Supply, _source.Delivered - _ended, _retried, IsStorageAway)
    {
        Used = new RunUse(
            _ended, _failed, _retryCount, _requests, new StageTimes(Span(_times[0]), Span(_times[1]), Span(_times[2]), Span(_times[3]), Span(_times[4])), new RunResources(Span(_cores.Used), 0)),
    };

    private void Begin()
    {
        while (!IsStopped && _source.Channel.Count > 0 && (_limit == 0 || _inSlots < _limit))
        {
            List<int> ids = [_source.Channel.Dequeue()];
            while (_attempts[ids[0]] == 0 && ids.Count < _work.IdsPerRequest && _source.Channel.TryPeek(out int next) && _attempts[next] == 0)
                ids.Add(_source.Channel.Dequeue());
            ids.ForEach(id => _attempts[id]++);
            SimulatedAttempt attempt = new() { Ids = ids, Stage = Stage.Gate, Since = _now, Left = _upstream.PassAt(_now) - _now, IsFirst = _begun++ < _limit };
            _all.Add(attempt);
            _maxInUse = Math.Max(_maxInUse, ++_inSlots);
            if (attempt.Left <= 0)
                Send(attempt);
        }
    }

    private void Advance(SimulatedAttempt attempt)
    {
        if (attempt.IsKept)
        {
            GiveSlotBack(attempt);
            return;
        }

        if (!attempt.IsComputing && !(attempt.Stage == Stage.Persist && IsStorageAway))
            attempt.Left -= _step;
        if (attempt.Left <= 0 && !_cores.IsThrottled)
            Next(attempt);
    }

    private void Enter(SimulatedAttempt attempt, Stage stage, double takes)
    {
        _times[(int)attempt.Stage] += _now - attempt.Since;
        Count(attempt, -1);
        (attempt.Stage, attempt.Since, attempt.Left, attempt.IsComputing) = (stage, _now, takes, stage == Stage.Transform);
        Count(attempt, 1);
    }

    private void Count(SimulatedAttempt attempt, int by)
    {
        _fetching += attempt.Stage == Stage.Fetch ? by : 0;
        _transforming += attempt.Stage == Stage.Transform && attempt.IsBeyond ? by : 0;
        _persisting += attempt.Stage == Stage.Persist ? by * attempt.Ids.Count : 0;
        _beyondPersisting += attempt.Stage == Stage.Persist && attempt.IsBeyond ? by : 0;
    }

    private void Send(SimulatedAttempt attempt)
    {
        _requests++;
        Enter(attempt, Stage.Fetch, _upstream.Answer(attempt, _fetching));
    }

    private void Next(SimulatedAttempt attempt)
    {
        switch (attempt.Stage)
        {
            case Stage.Gate:
                Send(attempt);
                break;
            case Stage.Fetch when _work.CpuOfRequest > 0 && !attempt.IsComputing:
                (attempt.IsComputing, attempt.Left) = (true, _work.CpuOfRequest);
                break;
            case Stage.Fetch when _work.Delay > 0 && !attempt.IsRefused:
                Enter(attempt, Stage.Delay, _work.Delay);
                break;
            case Stage.Fetch or Stage.Delay when attempt.IsRefused || attempt.Ids.Exists(id => _work.Fails(id, _attempts[id])):
                Fail(attempt);
                break;
            case Stage.Fetch or Stage.Delay when _strategy.HoldsSlotToTheEnd:
                Enter(attempt, Stage.Transform, _work.CpuOf(attempt.Ids));
                break;
            case Stage.Fetch or Stage.Delay:
                GiveSlotBack(attempt);
                break;
            case Stage.Transform when _strategy.HoldsSlotToTheEnd || _beyondPersisting < _strategy.PersistsBeyondSlot(_work.IdsPerRequest):
                Enter(attempt, Stage.Persist, _work.CommitAt(_now, _persisting + attempt.Ids.Count));
                break;
            case Stage.Persist:
                attempt.Ids.ForEach(End);
                Leave(attempt);
                break;
        }
    }

    /// <summary>As many may compute or wait for that as there are cores, twice; whoever comes then keeps its slot, and the time it waits is that of no stage.</summary>
    private void GiveSlotBack(SimulatedAttempt attempt)
    {
        if (_transforming >= 2 * _work.Cores)
        {
            if (!attempt.IsKept)
                Enter(attempt, Stage.Gate, 0);
            attempt.IsKept = true;
            return;
        }

        if (attempt.IsKept)
            attempt.Since = _now;
        (attempt.IsKept, attempt.IsBeyond) = (false, true);
        _inSlots--;
        Enter(attempt, Stage.Transform, _work.CpuOf(attempt.Ids));
    }

    private void Leave(SimulatedAttempt attempt)
    {
        _times[(int)attempt.Stage] += _now - attempt.Since;
        Count(attempt, -1);
        _inSlots -= attempt.IsBeyond ? 0 : 1;
        attempt.IsOver = true;
    }

    private void Fail(SimulatedAttempt attempt)
    {
        Leave(attempt);
        foreach (int id in attempt.Ids)
        {
            if (_attempts[id] >= _work.MaxAttempts)
            {
                _failed++;
                End(id);
                continue;
            }

            _retryCount++;
            _retried += _attempts[id] == 1 ? 1 : 0;
            _source.Retries.Enqueue(id, _now + Math.Min(MaxBackOff, _work.BackOff * Math.Pow(2, _attempts[id] - 1)));
        }
    }

    private void End(int id)
    {
        _ended++;
        _retried -= _attempts[id] > 1 ? 1 : 0;
    }
}
