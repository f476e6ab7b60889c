namespace Ingestion.Tests.Runs.Advice;

/// <summary>A run to simulate: what there is to do, and who does it. Times are milliseconds, items are numbered from 1 in the order of the source.</summary>
internal sealed record Work
{
    public string Strategy { get; init; } = "Async";

    public int Degree { get; init; } = 16;

    public int Items { get; init; } = 2_000;

    public int IdsPerRequest { get; init; } = 1;

    public int Cores { get; init; } = 2;

    /// <summary>The part of the cores that a quota allows, in periods of 100 ms; none: all of them.</summary>
    public double? CpuQuota { get; init; }

    /// <summary>Items a second from the source; none: all are there at once.</summary>
    public double? Source { get; init; }

    /// <summary>The first item that comes as slowly as that.</summary>
    public int SlowFrom { get; init; } = 1;

    /// <summary>How long the source goes through what an earlier process did.</summary>
    public double? Skips { get; init; }

    public double Fetch { get; init; } = 50;

    public double Delay { get; init; }

    /// <summary>CPU time of an item.</summary>
    public double Cpu { get; init; } = 0.2;

    /// <summary>The first item that costs as much; those before cost next to nothing.</summary>
    public int CpuFrom { get; init; } = 1;

    /// <summary>CPU time of a request that is no transform: sockets, parsing.</summary>
    public double CpuOfRequest { get; init; }

    public double Persist { get; init; } = 2;

    /// <summary>What each row that waits for a commit adds to it.</summary>
    public double PersistOfRow { get; init; }

    /// <summary>When commits take this much longer: so long, every so often.</summary>
    public (double Every, double For, double Extra)? Burst { get; init; }

    /// <summary>Requests a second that are let through.</summary>
    public double? Rate { get; init; }

    /// <summary>Requests that the upstream's quota allows in a window of time.</summary>
    public (int Requests, double Window)? Quota { get; init; }

    /// <summary>While the gate is closed.</summary>
    public (double From, double To)? Closed { get; init; }

    /// <summary>While the database is away.</summary>
    public (double From, double To)? Away { get; init; }

    /// <summary>With more requests at once than this the upstream answers each more slowly.</summary>
    public int Capacity { get; init; } = int.MaxValue;

    /// <summary>With more requests at once than this it refuses.</summary>
    public int Refuses { get; init; } = int.MaxValue;

    /// <summary>What an item's request takes beside <see cref="Fetch"/>.</summary>
    public Func<int, double> Extra { get; init; } = _ => 0;

    /// <summary>Whether an item's attempt, from 1, fails.</summary>
    public Func<int, int, bool> Fails { get; init; } = (_, _) => false;

    /// <summary>Attempts that an item has.</summary>
    public int MaxAttempts { get; init; } = 5;

    /// <summary>Before the second attempt; twice as long before each further one.</summary>
    public double BackOff { get; init; } = 100;

    /// <summary>What the first request in each slot takes more: the connection, and the compiler.</summary>
    public double StartUp { get; init; }

    public double? StopAfter { get; init; }

    /// <summary>The strategy has found out that this is how many requests at once the upstream takes.</summary>
    public int? LimitFound { get; init; }

    public double CpuOf(List<int> ids) => ids.Sum(id => id < CpuFrom ? 0.01 : Cpu);

    /// <summary>How long a commit takes that is asked for at a moment, when so many rows wait for theirs.</summary>
    public double CommitAt(double now, int rows) => Persist + (PersistOfRow * rows) + (Burst is { } burst && now % burst.Every < burst.For ? burst.Extra : 0);
}
