namespace FleetModel;

/// <summary>Servers in front of one queue, first come, first served. Arrivals have to come in the order of time.</summary>
internal sealed class Station
{
    private readonly PriorityQueue<int, double> _free = new();

    /// <param name="name">What stands for it in the output.</param>
    /// <param name="servers">How many it serves at once, 1 or more; <see cref="int.MaxValue"/> = nobody ever waits.</param>
    public Station(string name, int servers)
    {
        Name = name;
        Servers = servers;
        if (servers < int.MaxValue)
            _free.EnqueueRange(Enumerable.Range(0, servers), 0);
    }

    public string Name { get; }

    public int Servers { get; }

    /// <summary>Seconds of service so far, over all servers.</summary>
    public double Busy { get; private set; }

    /// <summary>When somebody who comes now and needs this many seconds leaves.</summary>
    public double Leave(double now, double seconds)
    {
        Busy += seconds;
        if (Servers == int.MaxValue)
            return now + seconds;

        _free.TryDequeue(out int server, out double free);
        double end = Math.Max(now, free) + seconds;
        _free.Enqueue(server, end);
        return end;
    }
}
