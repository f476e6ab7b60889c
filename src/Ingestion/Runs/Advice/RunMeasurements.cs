using Ingestion.Concurrency;
using Ingestion.Runs.Recording;

namespace Ingestion.Runs.Advice;

/// <summary>What was measured of a run by the process that gives advice on it.</summary>
internal sealed record RunMeasurements
{
    /// <summary>From this share on it is the rule, not the exception.</summary>
    private const double Often = 0.5;

    public required StrategyDescriptor Strategy { get; init; }

    /// <summary>Degree of parallelism in force at the end; 0 = no cap.</summary>
    public required int Degree { get; init; }

    /// <summary>The limit an adaptive strategy found; null with the others.</summary>
    public int? LimitFound { get; init; }

    /// <summary>The most slots in use at once; where their number adapts, no more than at the end.</summary>
    public required int Slots { get; init; }

    /// <summary>What the slots had to do.</summary>
    public required SlotUse Use { get; init; }

    /// <summary>Every item has its outcome.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>Whether the upstream has shown that the limit found is its own.</summary>
    public bool HasMetLimit { get; init; }

    /// <summary>Items that ended.</summary>
    public required long Items { get; init; }

    /// <summary>Those of them that failed.</summary>
    public required long Failed { get; init; }

    /// <summary>Attempts that failed and were made again.</summary>
    public required long Retries { get; init; }

    /// <summary>Requests made of the upstream.</summary>
    public required long Requests { get; init; }

    public required TimeSpan Elapsed { get; init; }

    /// <summary>Time by stage, over all attempts.</summary>
    public required StageTimes Times { get; init; }

    /// <summary>CPU time of the process for each item, start-up left out.</summary>
    public required TimeSpan CpuPerItem { get; init; }

    /// <summary>Cores the process may use; a fraction where a quota says so.</summary>
    public required double Cores { get; init; }

    /// <summary>How the kernel shared them out meanwhile.</summary>
    public CpuReading Cpu { get; init; }

    /// <summary>The configured rate limit, or null.</summary>
    public required double? RequestsPerSecond { get; init; }

    /// <summary>Whether a quota that the upstream announced was used up.</summary>
    public bool HasQuota { get; init; }

    /// <summary>The most items fetched with one request.</summary>
    public int ItemsPerRequest { get; init; } = 1;

    /// <summary>Attempts without a slot that may wait for their commit at once; 0 where the slot is held to the end.</summary>
    public int PersistsBeyondSlot => Strategy.PersistsBeyondSlot(ItemsPerRequest);

    /// <summary>Cores the strategy can use.</summary>
    public double UsableCores => Strategy.StaysOnOneThread ? Math.Min(1, Cores) : Cores;

    /// <summary>The cores, as part of a sentence.</summary>
    public string CoresInWords => Cores == 1 ? "1 core" : $"{Figure.Of(Cores)} cores";

    /// <summary>The quota of CPU time was used up again and again, and it was this process that used it.</summary>
    public bool IsThrottled => Cpu.ThrottledShare >= Often && BusyCores >= UsableCores * Often;

    /// <summary>Start-up is a good part of a run that is shorter: connecting and compiling take about a second.</summary>
    public bool IsShort => Elapsed < Advisor.MinElapsed;

    /// <summary>The database was away for so long that the time items waited for their commit is no evidence, nor what followed from it.</summary>
    public bool WasStorageAway => Use.StorageAway > Elapsed * Advisor.Absence;

    /// <summary>The run was little else than its tail.</summary>
    public bool IsTail => Use.Tail >= Use.Watched / 2;

    /// <summary>How long there was work for the slots: without the tail, unless that is most of the run.</summary>
    public TimeSpan Working => IsTail ? Elapsed : Use.Watched - Use.Tail;

    /// <summary>Items per second while there was work.</summary>
    public double Rate => Working > TimeSpan.Zero ? Items / Working.TotalSeconds : 0;

    /// <summary>Cores the items kept busy, on average.</summary>
    public double BusyCores => Math.Min(Cores, Rate * CpuPerItem.TotalSeconds);

    /// <summary>Time by stage, as far as a slot is held meanwhile.</summary>
    public StageTimes InSlot => Strategy.HoldsSlotToTheEnd ? Times : Times with { Transform = TimeSpan.Zero, Persist = TimeSpan.Zero };

    /// <summary>The time an item keeps a slot, all its attempts together, without waiting at the gate.</summary>
    public TimeSpan SlotTimePerItem => PerItem(InSlot.Total - InSlot.Gate);

    /// <summary>The same for a request.</summary>
    public TimeSpan SlotTimePerRequest => SlotTimePerItem / RequestsPerItem;

    public double RequestsPerItem => (double)Requests / Items;

    /// <summary>How many items there are to do, where these are only some of them.</summary>
    public long? ItemsInAll { get; init; }

    /// <summary>How many requests at once would be all there is to do.</summary>
    public long RequestsAtOnce => ((ItemsInAll ?? Items) + ItemsPerRequest - 1) / ItemsPerRequest;

    /// <summary>What has a slot: an item with all its attempts, or a request for several.</summary>
    public string Unit => ItemsPerRequest > 1 ? "request" : "item";

    public TimeSpan PerItem(TimeSpan time) => time / Items;

    /// <summary>A share of <paramref name="time"/> for each <see cref="Unit"/>.</summary>
    public string PerUnit(TimeSpan time) => Figure.Of(time / (ItemsPerRequest > 1 ? Math.Max(1, Requests) : Items));
}
