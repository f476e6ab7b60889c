using Ingestion.Runs.Recording;

namespace Ingestion.Runs.Advice;

/// <summary>Says what a run was bound by, from where its slots' time went and what the cores did meanwhile.</summary>
internal static class Diagnosis
{
    /// <summary>The share of the usable cores from which on they hold a run up. Not 1: the rest of the machine and the start of the run take theirs.</summary>
    private const double BusyCores = 0.7;

    /// <summary>The same for strategies of one thread, by the time of the whole process: it has sockets, garbage collection and commits on other threads.</summary>
    private const double BusyLoop = 0.9;

    /// <summary>The share of slot time below which the slots were short of work: half of them would have done.</summary>
    private const double IdleSlots = 0.5;

    /// <summary>The share of the time in slots from which on a wait dominates: without all the rest, the run would at best be twice as fast.</summary>
    private const double Dominates = 0.5;

    public static BoundBy Explain(RunMeasurements run)
    {
        if (IsCpuBusy(run))
            return BoundBy.Cpu;

        // Where slots are given back after the fetch, commits hold a run up only when no more of them may be waited for.
        int persists = run.PersistsBeyondSlot;
        if (persists > 0 && run.Times.Persist >= run.Elapsed * persists * BusyCores)
            return BoundBy.Database;

        StageTimes inSlot = run.InSlot;
        if (inSlot.Total == TimeSpan.Zero || inSlot.Total < run.Elapsed * run.Slots * IdleSlots)
            return BoundBy.Input;

        TimeSpan dominant = inSlot.Total * Dominates;
        if (inSlot.Fetch + inSlot.Delay >= dominant)
            return BoundBy.Upstream;
        if (inSlot.Persist >= dominant)
            return BoundBy.Database;
        return inSlot.Gate >= dominant ? BoundBy.RateLimit : BoundBy.Concurrency;
    }

    private static bool IsCpuBusy(RunMeasurements run)
    {
        // Items that compute side by side without a core for each take longer, so both clocks count.
        if (run.Times.Transform > TimeSpan.Zero && run.Times.Transform >= run.Elapsed * BusyCores * run.UsableCores)
            return true;
        return run.Items > 0 && run.BusyCores >= (run.Strategy.StaysOnOneThread ? BusyLoop : BusyCores * run.Cores);
    }
}
