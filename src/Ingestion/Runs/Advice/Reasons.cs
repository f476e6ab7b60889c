using Ingestion.Runs.Recording;

namespace Ingestion.Runs.Advice;

/// <summary>Where the time went, in one sentence.</summary>
internal static class Reasons
{
    /// <summary>Whoever computes all the time and gets less than this share of the cores shares them.</summary>
    private const double LittleCpu = 0.5;

    public static string Why(RunMeasurements run, BoundBy bound)
    {
        string all = Figure.Of(run.PerItem(run.InSlot.Total));
        return bound switch
        {
            BoundBy.Upstream => $"{Upstream(run.Times)} {Figure.Of(run.PerItem(run.Times.Fetch + run.Times.Delay))} of the {all} an item has its slot: I/O bound.",
            BoundBy.Database => $"The commit is waited for {Figure.Of(run.PerItem(run.Times.Persist))} {Of(run)}: bound by the database.",
            BoundBy.RateLimit => $"At the gate an item waits {Figure.Of(run.PerItem(run.Times.Gate))} of the {all} it has its slot.",
            BoundBy.Cpu => Cpu(run),
            BoundBy.Concurrency => $"The slots are full and nothing dominates the {all} an item has one: {Parts(run)}.",
            _ => $"Slots were idle {Figure.Of(100 * SlotShares.Of(run.InSlot, run.Elapsed * run.Slots).Idle)} % of the time.",
        };
    }

    private static string Upstream(StageTimes times) => (times.Fetch > TimeSpan.Zero, times.Delay > TimeSpan.Zero) switch
    {
        (true, true) => "Fetch and delay wait",
        (false, true) => "The delay waits",
        _ => "Fetch waits",
    };

    private static string Of(RunMeasurements run) => run.Strategy.HoldsSlotToTheEnd
        ? $"of the {Figure.Of(run.PerItem(run.InSlot.Total))} an item has its slot"
        : "after an item has given its slot back";

    private static string Cpu(RunMeasurements run)
    {
        if (run.BusyCores < run.UsableCores * LittleCpu)
        {
            return $"An item computes for {Figure.Of(run.PerItem(run.Times.Transform))}, of which it gets {Figure.Of(run.CpuPerItem)} of CPU time: CPU bound, "
                + "and the cores are also busy with something else, or rationed.";
        }

        string loop = run.Strategy.StaysOnOneThread && run.Cores > 1 ? $" {run.Strategy.Name} runs all items on one thread, so it can use one of the {run.Cores} cores." : "";
        return $"An item takes {Figure.Of(run.CpuPerItem)} of CPU time, which keeps {Figure.Of(run.BusyCores)} of {Figure.Of(run.Cores)} {(run.Cores == 1 ? "core" : "cores")} busy: CPU bound.{loop}";
    }

    private static string Parts(RunMeasurements run)
    {
        StageTimes times = run.InSlot;
        (string What, TimeSpan Time)[] parts =
        [
            ("at the gate", times.Gate),
            ("for the upstream", times.Fetch + times.Delay),
            ("computing", times.Transform),
            ("for the commit", times.Persist),
        ];
        return string.Join(", ", parts.Where(part => part.Time > TimeSpan.Zero).Select(part => $"{Figure.Of(run.PerItem(part.Time))} {part.What}"));
    }
}
