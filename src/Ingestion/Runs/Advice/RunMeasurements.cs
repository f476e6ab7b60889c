using Ingestion.Concurrency;
using Ingestion.Runs.Recording;

namespace Ingestion.Runs.Advice;

/// <summary>What was measured of a run, or of a part of it, by the process that gives advice on it. Shares are from 0 to 1; cores may be fractions.</summary>
public sealed record RunMeasurements
{
    /// <summary>Below these a run is too short for arithmetic: connecting and compiling take a good part of it.</summary>
    public const int MinItems = 100;

    /// <inheritdoc cref="MinItems"/>
    public static readonly TimeSpan MinElapsed = TimeSpan.FromSeconds(2);

    /// <summary>From this share on it is the rule, not the exception.</summary>
    private const double Often = 0.5;

    /// <summary>The share of attempts that failed from which on failures come first: a fifth is what the retry budget takes for trouble.</summary>
    private const double ManyFailures = 0.2;

    /// <summary>The share of a run for which the database may be away without a change of what the rest of it says.</summary>
    private const double Absence = 0.05;

    /// <summary>From this share on that work was missing, more slots would miss it too.</summary>
    private const double LackOfWork = 0.2;

    /// <summary>The share of the cores from which on there is nothing left for more slots.</summary>
    private const double Full = 0.9;

    /// <summary>The share of the configured rate from which on nothing but a higher one makes the run faster.</summary>
    private const double AtRate = 0.85;

    private const int MaxParts = 4;
    private const int CommitsLookedAt = 20;

    internal StrategyDescriptor Strategy { get; init; } = null!;

    /// <summary>The strategy's name.</summary>
    public string StrategyName => Strategy.Name;

    /// <summary>Whether one thread runs all items, so that they can use one core.</summary>
    public bool StaysOnOneThread => Strategy.StaysOnOneThread;

    /// <summary>Whether the strategy has one slot whatever is configured.</summary>
    public bool HasOneSlot => Strategy.FixedDegree is not null;

    /// <summary>Whether an item is in its slot from fetch to commit.</summary>
    public bool HoldsSlotToTheEnd => Strategy.HoldsSlotToTheEnd;

    /// <summary>Degree of parallelism in force at the end; 0 = no cap.</summary>
    public int Degree { get; init; }

    /// <summary>The limit an adaptive strategy found; null with the others.</summary>
    public int? LimitFound { get; init; }

    /// <summary>Whether the upstream has shown that the limit found is its own.</summary>
    public bool HasMetLimit { get; init; }

    /// <summary>The most slots in use at once; where their number adapts, no more than at the end.</summary>
    public int Slots { get; init; }

    /// <summary>How the run stood, from its first moment to its last.</summary>
    internal IReadOnlyList<RunSample> Samples { get; init; } = [];

    /// <summary>What the slots had to do.</summary>
    public SlotUse Use { get; init; } = new();

    /// <summary>Whether an earlier process did some of the items, which the source delivers once more.</summary>
    internal bool IsResumed { get; init; }

    /// <summary>Every item has its outcome.</summary>
    public bool IsComplete { get; init; }

    /// <summary>Items that ended.</summary>
    public long Items { get; init; }

    /// <summary>Those of them that failed.</summary>
    public long Failed { get; init; }

    /// <summary>Attempts that failed and were made again.</summary>
    public long Retries { get; init; }

    /// <summary>Requests made of the upstream.</summary>
    public long Requests { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Time by stage, over all attempts.</summary>
    public StageTimes Times { get; init; }

    /// <summary>CPU time of the process for each item, start-up left out.</summary>
    public TimeSpan CpuPerItem { get; init; }

    /// <summary>Cores the process may use; a fraction where a quota says so.</summary>
    public double Cores { get; init; }

    /// <summary>How the kernel shared them out meanwhile.</summary>
    internal CpuReading Cpu { get; init; }

    /// <summary>The configured rate limit, or null.</summary>
    public double? RequestsPerSecond { get; init; }

    /// <summary>Whether a quota that the upstream announced was used up.</summary>
    public bool HasQuota { get; init; }

    /// <summary>The most items fetched with one request.</summary>
    public int ItemsPerRequest { get; init; } = 1;

    /// <summary>How many items may wait for a slot before the source waits.</summary>
    internal int ChannelCapacity { get; init; } = int.MaxValue;

    /// <summary>How many items there are to do, where these are only some of them.</summary>
    internal long? ItemsInAll { get; init; }

    /// <summary>Attempts without a slot that may wait for their commit at once; 0 where the slot is held to the end.</summary>
    internal int PersistsBeyondSlot => Strategy.PersistsBeyondSlot(ItemsPerRequest);

    /// <summary>Cores the strategy can use.</summary>
    public double UsableCores => StaysOnOneThread ? Math.Min(1, Cores) : Cores;

    /// <summary>In how many of its periods the quota of CPU time was used up.</summary>
    public double ThrottledShare => Cpu.ThrottledShare;

    /// <summary>For how much of the time something waited for a core; null where the kernel does not tell.</summary>
    public double? CrowdedShare => Cpu.Pressure / Elapsed;

    /// <summary>The quota of CPU time was used up again and again, and it was this process that used it.</summary>
    public bool IsThrottled => Cpu.ThrottledShare >= Often && BusyCores >= UsableCores * Often;

    /// <summary>The items took all there is of the cores.</summary>
    public bool AreCoresFull => BusyCores >= UsableCores * Full;

    /// <summary>The share of the machine that had nothing to do while there was work for the slots; null where that is not what limits the process, or not known.</summary>
    internal double? IdleShare => Cpu.Periods == 0 && !StaysOnOneThread && Working > TimeSpan.Zero ? 1 - ((1 - Cpu.IdleShare) * (Elapsed / Working)) : null;

    /// <summary>Start-up is a good part of a run that is shorter: connecting and compiling take about a second.</summary>
    public bool IsShort => Elapsed < MinElapsed;

    /// <summary>The database was away for so long that the time items waited for their commit is no evidence, nor what followed from it.</summary>
    public bool WasStorageAway => Use.StorageAway > Elapsed * Absence;

    /// <summary>The run was little else than its tail.</summary>
    public bool IsTail => Use.Tail >= Use.Watched / 2;

    /// <summary>Nearly all the time items were waiting for a slot: more slots would have had some too.</summary>
    public bool AreSlotsFull => Use.Unfed < Use.Watched * LackOfWork && Use.WaitingForRetries < Use.SlotTime * LackOfWork;

    /// <summary>How long there was work for the slots: without the tail, unless that is most of the run.</summary>
    public TimeSpan Working => IsTail ? Elapsed : Use.Watched - Use.Tail;

    /// <summary>Items per second while there was work.</summary>
    public double Rate => Working > TimeSpan.Zero ? Items / Working.TotalSeconds : 0;

    /// <summary>Requests per second while there was work.</summary>
    public double RequestRate => Rate * RequestsPerItem;

    /// <summary>About as many requests were made as the configured rate allows.</summary>
    public bool IsAtRate => RequestRate >= RequestsPerSecond * AtRate;

    /// <summary>Cores the items kept busy, on average.</summary>
    public double BusyCores => Math.Min(Cores, Rate * CpuPerItem.TotalSeconds);

    /// <summary>Attempts at items that ended, and those that were made again.</summary>
    public long Attempts => Items + Retries;

    /// <summary>So many attempts failed that everything else comes later.</summary>
    public bool HasFailedOften => Failed + Retries >= Attempts * ManyFailures;

    /// <summary>Time by stage, as far as a slot is held meanwhile.</summary>
    public StageTimes InSlot => HoldsSlotToTheEnd ? Times : Times with { Transform = TimeSpan.Zero, Persist = TimeSpan.Zero };

    /// <summary>The time an item keeps a slot, all its attempts together, without waiting at the gate.</summary>
    public TimeSpan SlotTimePerItem => PerItem(InSlot.Total - InSlot.Gate);

    /// <summary>The same for a request.</summary>
    public TimeSpan SlotTimePerRequest => SlotTimePerItem / RequestsPerItem;

    internal double RequestsPerItem => (double)Requests / Items;

    /// <summary>How many requests at once would be all there is to do.</summary>
    public long RequestsAtOnce => ((ItemsInAll ?? Items) + ItemsPerRequest - 1) / ItemsPerRequest;

    /// <summary>All of them had a slot at once.</summary>
    public bool AreAllAtOnce => RequestsAtOnce <= Slots;

    /// <summary>How many had a slot: items with all their attempts, or requests for several.</summary>
    public long Units => ItemsPerRequest > 1 ? Math.Max(1, Requests) : Items;

    internal TimeSpan PerItem(TimeSpan time) => time / Items;

    /// <summary>What was measured between the first and the last of some samples.</summary>
    internal RunMeasurements Of(IReadOnlyList<RunSample> samples)
    {
        TimeSpan begin = samples[0].At, elapsed = samples[^1].At - begin;
        RunUse used = samples[^1].Used! - samples[0].Used!;
        return this with
        {
            Samples = samples,
            Use = SlotUse.Of([.. samples.Select(sample => sample with { At = sample.At - begin })], elapsed, Slots, Math.Min(ItemsPerRequest, ChannelCapacity), ChannelCapacity, IsResumed),
            Slots = Math.Min(Slots, samples.Max(sample => sample.InFlight)),
            Elapsed = elapsed,
            Items = used.Items,
            Failed = used.Failed,
            Retries = used.Retries,
            Requests = used.Requests,
            Times = used.Times,
            CpuPerItem = used.Items > 0 ? used.Resources.WithoutCompiler / used.Items : TimeSpan.Zero,
        };
    }

    /// <summary>As many as four parts of the time in which there was work; none where it is too short for two that show anything.</summary>
    internal IEnumerable<RunMeasurements> Parts()
    {
        RunSample[] all = [.. Samples];
        int count = (int)Math.Min(MaxParts, Use.Until / MinElapsed);
        int[] ends = [.. Enumerable.Range(0, count + 1).Select(i => Array.FindLastIndex(all, sample => sample.At - all[0].At <= Use.Until * ((double)i / Math.Max(1, count))))];
        return count < 2 || all.Length == 0 ? [] : ends.Zip(ends.Skip(1), (from, to) => (this with { IsComplete = false }).Of(all[from..(to + 1)]))
            .Select(part => part with { Requests = (long)(part.Items * RequestsPerItem) });
    }

    /// <summary>What a commit usually takes of an item's time, however long it takes now and then.</summary>
    internal TimeSpan CommitPerItem()
    {
        int step = Math.Max(1, Samples.Count / CommitsLookedAt);
        RunUse[] used = [.. Samples.Where((_, i) => i % step == 0).Select(sample => sample.Used!)];
        TimeSpan[] commits = [.. used.Zip(used.Skip(1), (before, after) => after - before).Where(part => part.Items > 0).Select(part => part.Times.Persist / part.Items).Order()];
        return commits.Length > 0 ? commits[commits.Length / 2] : PerItem(Times.Persist);
    }
}
