namespace FleetModel;

/// <summary>
/// Workers that take requests' worth of IDs from a broker, wait for an upstream, spend processor time and commit in groups: a closed network of queues, played in
/// made-up time. Every slot goes round: broker → upstream → processor → the worker's writer → database.
/// </summary>
internal sealed class Fleet
{
    private enum Step
    {
        Taken,
        Fetched,
        Transformed,
        Committed,
    }

    private readonly FleetParameters _p;
    private readonly PriorityQueue<(Step Step, int Worker), double> _events = new();
    private readonly Station _broker = new("broker", 1);
    private readonly Station _pacer = new("upstream's rate", 1);
    private readonly Station _upstream;
    private readonly Station[] _machines;
    private readonly Station _database;
    private readonly int[] _waiting;
    private readonly int[] _committing;
    private long _items;

    public Fleet(FleetParameters parameters)
    {
        _p = parameters;
        int perMachine = _p.WorkersPerMachine == 0 ? _p.Workers : _p.WorkersPerMachine;
        _upstream = new Station("upstream", _p.Capacity == 0 ? int.MaxValue : _p.Capacity);
        _machines = [.. Enumerable.Range(0, (_p.Workers + perMachine - 1) / perMachine).Select(_ => new Station("workers' processors", _p.Cores))];
        _database = new Station("database", _p.Databases);
        _waiting = new int[_p.Workers];
        _committing = new int[_p.Workers];
    }

    /// <summary>Plays until this many items are stored, and from then on measures for as many again.</summary>
    public FleetResult Play(long items)
    {
        for (int worker = 0; worker < _p.Workers; worker++)
        {
            for (int slot = 0; slot < _p.Dop; slot++)
                Take(worker, 0);
        }

        double warm = PlayUntil(items);
        double[] busy = [.. Stations.Select(station => station.Busy)];
        long before = _items;
        double end = PlayUntil(_items + items);
        double seconds = end - warm;
        IEnumerable<(string Name, double Load)> loads = Stations
            .Zip(busy, (station, was) => (station.Name, Load: station.Servers == int.MaxValue ? 0 : (station.Busy - was) / seconds / station.Servers))
            .GroupBy(load => load.Name, load => load.Load, StringComparer.Ordinal)
            .Select(group => (group.Key, group.Average()));
        return new FleetResult((_items - before) / seconds, (double)_p.Workers * _p.Dop * _p.IdsPerRequest / _p.Latency, [.. loads]);
    }

    private IEnumerable<Station> Stations => [_broker, _pacer, _upstream, .. _machines, _database];

    private double PlayUntil(long items)
    {
        double now = 0;
        while (_items < items && _events.TryDequeue(out (Step Step, int Worker) next, out now))
            Go(next.Step, next.Worker, now);
        return now;
    }

    private void Go(Step step, int worker, double now)
    {
        switch (step)
        {
            case Step.Taken:
                double admitted = _p.Rate == 0 ? now : _pacer.Leave(now, 1 / _p.Rate);
                _events.Enqueue((Step.Fetched, worker), _upstream.Leave(admitted, _p.Latency));
                break;
            case Step.Fetched:
                Station machine = _machines[_p.WorkersPerMachine == 0 ? 0 : worker / _p.WorkersPerMachine];
                _events.Enqueue((Step.Transformed, worker), machine.Leave(now, _p.WorkerCpu * _p.IdsPerRequest));
                break;
            case Step.Transformed:
                _waiting[worker]++;
                Commit(worker, now);
                break;
            case Step.Committed:
                int done = _committing[worker];
                _committing[worker] = 0;
                _items += (long)done * _p.IdsPerRequest;
                for (int slot = 0; slot < done; slot++)
                    Take(worker, now);
                Commit(worker, now);
                break;
        }
    }

    private void Take(int worker, double now) =>
        _events.Enqueue((Step.Taken, worker), _broker.Leave(now, _p.BrokerMessage * _p.IdsPerRequest / _p.IdsPerMessage));

    /// <summary>A writer has one transaction in flight, with whatever waited when it began.</summary>
    private void Commit(int worker, double now)
    {
        if (_waiting[worker] == 0 || _committing[worker] > 0)
            return;

        int taken = Math.Min(_waiting[worker], Math.Max(1, _p.MaxBatch / _p.IdsPerRequest));
        _waiting[worker] -= taken;
        _committing[worker] = taken;
        _events.Enqueue((Step.Committed, worker), _database.Leave(now, _p.Commit + (_p.Row * taken * _p.IdsPerRequest)));
    }
}
