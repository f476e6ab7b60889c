namespace Ingestion.Tests.Runs.Advice;

/// <summary>A run to simulate: what there is to do, and who does it. Times are milliseconds.</summary>
internal sealed record Work
{
    public string Strategy { get; init; } = "Async";

    public int Degree { get; init; } = 16;

    public int Items { get; init; } = 2_000;

    public int IdsPerRequest { get; init; } = 1;

    public int Cores { get; init; } = 2;

    /// <summary>Items a second from the source; none: all are there at once.</summary>
    public double? Source { get; init; }

    public double Fetch { get; init; } = 50;

    public double Delay { get; init; }

    /// <summary>CPU time of an item.</summary>
    public double Cpu { get; init; } = 0.2;

    public double Persist { get; init; } = 2;

    /// <summary>Requests a second that are let through.</summary>
    public double? Rate { get; init; }

    /// <summary>While the gate is closed.</summary>
    public (double From, double To)? Closed { get; init; }

    /// <summary>While the database is away.</summary>
    public (double From, double To)? Away { get; init; }

    /// <summary>With more requests at once than this the upstream answers each more slowly.</summary>
    public int Capacity { get; init; } = int.MaxValue;

    /// <summary>What an item's request takes beside <see cref="Fetch"/>.</summary>
    public Func<int, double> Extra { get; init; } = _ => 0;

    /// <summary>Whether an item's attempt, from 1, fails.</summary>
    public Func<int, int, bool> Fails { get; init; } = (_, _) => false;

    /// <summary>Before the second attempt; twice as long before each further one.</summary>
    public double BackOff { get; init; } = 100;

    /// <summary>What the first request in each slot takes more: the connection, and the compiler.</summary>
    public double StartUp { get; init; }

    public double? StopAfter { get; init; }

    /// <summary>The strategy has found out that this is how many requests at once the upstream takes.</summary>
    public int? LimitFound { get; init; }
}
