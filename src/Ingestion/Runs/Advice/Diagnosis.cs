using Ingestion.Runs.Recording;

namespace Ingestion.Runs.Advice;

/// <summary>Says what a run was bound by, from where its slots' time went, why they were free, and what the cores did meanwhile. Rather nothing than something wrong.</summary>
internal static class Diagnosis
{
    /// <summary>The share of the usable cores from which on they hold a run up. Not 1: the rest of the machine and the start of the run take theirs.</summary>
    private const double BusyCores = 0.7;

    /// <summary>The same for strategies of one thread, by the time of the whole process: it has sockets, garbage collection and commits on other threads.</summary>
    private const double BusyLoop = 0.9;

    /// <summary>The share of the run from which on a lack of items, or of their retries, is what held it up.</summary>
    private const double LackOfItems = 0.5;

    /// <summary>The share of the slot time that must have been idle for a lack of items: otherwise the source is just as fast as the slots.</summary>
    private const double IdleSlots = 0.2;

    /// <summary>The share of the time in slots from which on a wait dominates: without all the rest, the run would at best be twice as fast.</summary>
    private const double Dominates = 0.5;

    /// <summary>The share of the time in slots that must have gone to a stage, or it is not known what the slots were kept by.</summary>
    private const double AccountedFor = 0.8;

    /// <summary>The share of the machine that, when it has nothing to do, shows that nobody had to wait for a core.</summary>
    private const double IdleMachine = 0.2;

    /// <summary>The share of the parts of a run that must name a cause which the whole does not.</summary>
    private const double Often = 0.4;

    /// <summary>The share of the run from which on a source that never had to wait delivered: with any number of slots it would not have been much faster.</summary>
    private const double FedAllTheTime = 0.85;

    public static BoundBy Explain(RunMeasurements run)
    {
        if (run.Items == 0)
            return run.IsComplete ? BoundBy.Input : BoundBy.Unknown;
        if (run.WasStorageAway)
            return BoundBy.Unknown;

        SlotUse use = run.Use;
        bool isRetryTail = use.RetryTail > TimeSpan.Zero && use.RetryTail >= use.Watched / 2;
        if (isRetryTail || use.WaitingForRetries > use.SlotTime * LackOfItems || run.Retries > run.Items)
            return BoundBy.Retries;
        if (!run.IsShort && IsCpuBusy(run))
            return BoundBy.Cpu;

        // Where slots are given back after the fetch, commits hold a run up only when no more of them may be waited for.
        int persists = run.PersistsBeyondSlot;
        if (persists > 0 && run.Times.Persist >= run.Working * persists * BusyCores)
            return BoundBy.Database;
        bool areSlotsIdle = run.Degree == 0 || use.WithoutInput >= use.SlotTime * IdleSlots;
        if (!run.IsShort && areSlotsIdle && use.FedUntil >= run.Elapsed * FedAllTheTime)
            return BoundBy.Input;
        if (use.Unfed < use.Watched * LackOfItems || use.Unfed == TimeSpan.Zero)
            return !run.IsShort && run.IsAtRate ? BoundBy.RateLimit : Dominant(run);
        return !run.IsShort && areSlotsIdle ? BoundBy.Input : BoundBy.Unknown;
    }

    /// <summary>What held a run up for most of the time; and two things that did so one after the other, if there are. What changes is no average.</summary>
    public static (BoundBy Bound, (BoundBy First, BoundBy Second)? Change) ExplainParts(RunMeasurements run)
    {
        BoundBy whole = Explain(run);
        BoundBy[] parts = run.Items == 0 || run.WasStorageAway || whole == BoundBy.Retries ? [] : [.. run.Parts().Select(part => IsDoubtful(part) ? BoundBy.Unknown : Explain(part))];
        BoundBy[] known = [.. parts.Where(part => part != BoundBy.Unknown)];
        BoundBy other = known.FirstOrDefault(part => !AreAlike(part, known[0]), BoundBy.Unknown);
        if (other == BoundBy.Unknown)
            return (whole, null);

        BoundBy most = known.MaxBy(Count);
        BoundBy bound = Count(whole) == Count(most) ? whole : Count(most) >= parts.Length * Often ? most : BoundBy.Unknown;
        return (bound, (known[0], other));

        int Count(BoundBy bound) => parts.Count(part => part == bound);
    }

    /// <summary>More slots are the answer to every wait when there are too few.</summary>
    private static bool AreAlike(BoundBy one, BoundBy other) =>
        one == other || (one is BoundBy.Concurrency && other is BoundBy.Upstream or BoundBy.Database) || (other is BoundBy.Concurrency && one is BoundBy.Upstream or BoundBy.Database);

    /// <summary>So near to what tells two causes apart that a part of a steady run may be on either side.</summary>
    private static bool IsDoubtful(RunMeasurements part) =>
        part.BusyCores / part.UsableCores is > 0.6 and < 0.9 || part.RequestRate / part.RequestsPerSecond is > 0.75 and < 0.95;

    /// <summary>What most of the time in slots went to.</summary>
    private static BoundBy Dominant(RunMeasurements run)
    {
        StageTimes inSlot = run.InSlot;
        if (inSlot.Total == TimeSpan.Zero)
            return BoundBy.Unknown;

        // A slot may also be kept because the next stage does not take the item over.
        TimeSpan dominant = (run.Use.Occupied > inSlot.Total && !run.IsShort ? run.Use.Occupied : inSlot.Total) * Dominates;
        if (inSlot.Fetch + inSlot.Delay >= dominant)
            return BoundBy.Upstream;
        if (inSlot.Persist >= dominant)
            return BoundBy.Database;
        if (inSlot.Gate >= dominant)
            return BoundBy.RateLimit;
        bool isKnown = inSlot.Total >= run.Use.Occupied * AccountedFor;
        return !run.IsShort && isKnown && run.HoldsSlotToTheEnd && run.AreSlotsFull ? BoundBy.Concurrency : BoundBy.Unknown;
    }

    private static bool IsCpuBusy(RunMeasurements run)
    {
        if (!run.AreCoresFull && run.IdleShare >= IdleMachine)
            return false;

        // Items that compute side by side without a core for each take longer, so both clocks count. A fraction of a core is one, a part of the time.
        if (run.Times.Transform > TimeSpan.Zero && run.Times.Transform >= run.Working * BusyCores * Math.Max(1, run.UsableCores))
            return true;
        return run.IsThrottled || run.BusyCores >= run.UsableCores * (run.StaysOnOneThread ? BusyLoop : BusyCores);
    }
}
