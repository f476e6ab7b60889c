namespace FleetModel;

/// <summary>What a fleet does.</summary>
/// <param name="ItemsPerSecond">Throughput.</param>
/// <param name="Unlimited">What it would be if nothing but the latency of the upstream took time.</param>
/// <param name="Loads">How busy each part is, 0 to 1.</param>
internal sealed record FleetResult(double ItemsPerSecond, double Unlimited, IReadOnlyList<(string Name, double Load)> Loads)
{
    /// <summary>What limits it: the busiest part, unless that costs less than a tenth. A database may be busy all the time with small transactions and still have room, for they grow.</summary>
    public string Limit => ItemsPerSecond >= 0.9 * Unlimited ? "latency" : Loads.MaxBy(load => load.Load).Name;
}
