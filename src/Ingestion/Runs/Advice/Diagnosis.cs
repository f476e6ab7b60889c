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
        if (use.Unfed < use.Watched * LackOfItems || use.Unfed == TimeSpan.Zero)
            return Dominant(run);
        return !run.IsShort && (run.Degree == 0 || use.WithoutInput >= use.SlotTime * IdleSlots) ? BoundBy.Input : BoundBy.Unknown;
    }

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
        return !run.IsShort && isKnown && run.Strategy.HoldsSlotToTheEnd && SlotAdvice.AreFull(run) ? BoundBy.Concurrency : BoundBy.Unknown;
    }

    private static bool IsCpuBusy(RunMeasurements run)
    {
        // Items that compute side by side without a core for each take longer, so both clocks count. A fraction of a core is one, a part of the time.
        if (run.Times.Transform > TimeSpan.Zero && run.Times.Transform >= run.Working * BusyCores * Math.Max(1, run.UsableCores))
            return true;
        return run.IsThrottled || run.BusyCores >= run.UsableCores * (run.Strategy.StaysOnOneThread ? BusyLoop : BusyCores);
    }
}
