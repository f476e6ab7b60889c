using Ingestion.Runs.Recording;

namespace Ingestion.Runs.Advice;

/// <summary>Where the time went, in one sentence.</summary>
internal static class Reasons
{
    /// <summary>Whoever computes all the time and gets less than this share of the cores shares them.</summary>
    private const double LittleCpu = 0.5;

    /// <summary>The share of the run from which on it is worth a sentence that the cores had more to do than they could.</summary>
    private const double Crowded = 0.5;

    /// <summary>The share of the run from which on its tail is worth a sentence.</summary>
    private const double LongTail = 0.2;

    /// <summary>Null when there is nothing that can be said for sure.</summary>
    public static string? Why(RunMeasurements run, BoundBy bound) => bound switch
    {
        BoundBy.Upstream => $"I/O-bound: {Held(run, run.Times.Fetch + run.Times.Delay)} waiting for {Upstream(run.Times)}.",
        BoundBy.Database when !run.Strategy.HoldsSlotToTheEnd => $"Database-bound: {An(run)} waits {run.PerUnit(run.Times.Persist)} for its commit, after it has given its slot back.",
        BoundBy.Database => $"Database-bound: {Held(run, run.Times.Persist)} waiting for the commit.",
        BoundBy.RateLimit => $"Held back at the gate: {Held(run, run.Times.Gate)} waiting there.",
        BoundBy.Cpu => Cpu(run),
        BoundBy.Concurrency => $"Too few slots: all are in use, and no wait dominates the {run.PerUnit(run.InSlot.Total)} {An(run)} holds one ({Parts(run)}).",
        BoundBy.Input => $"Input-bound: {Figure.Of(100 * (run.Use.Unfed / run.Use.Watched))} % of the time, no item was waiting for a slot.",
        BoundBy.Retries when Tail(run) is null && run.Use.WaitingForRetries > TimeSpan.Zero =>
            $"Held up by retries: {Figure.Of(100 * (run.Use.WaitingForRetries / run.Use.SlotTime))} % of the slot time was idle while items waited for their next attempt.",
        _ => null,
    };

    /// <summary>What the end of the run was spent on, when it was long and most slots had nothing to do.</summary>
    public static string? Tail(RunMeasurements run)
    {
        SlotUse use = run.Use;
        if (use.RetryTail > TimeSpan.Zero && use.RetryTail >= use.Watched * LongTail)
            return $"The last {Figure.Of(use.RetryTail)} were {(use.RetriedAtEnd == 1 ? "one item's retries" : $"the retries of {Figure.Of(use.RetriedAtEnd)} items")}.";
        return use.Tail >= use.Watched * LongTail && !run.IsShort && run.RequestsAtOnce > run.Slots
            ? $"For the last {Figure.Of(use.Tail)} the work had run out: on average, {Figure.Of(use.BusyInTail)} of {Figure.Of(use.Slots)} slots had something to do."
            : null;
    }

    /// <summary>That the machine had more to do than it has cores, where that may be what items waited for: part of every wait is for a core.</summary>
    public static string? Crowd(RunMeasurements run, BoundBy bound) =>
        bound is BoundBy.Upstream or BoundBy.Database or BoundBy.Concurrency && !run.IsShort && run.Cpu.Pressure / run.Elapsed is >= Crowded and var share
            ? $"For {Figure.Of(100 * Math.Min(1, share))} % of the time something here waited for a core: part of these waits is for the machine."
            : null;

    private static string An(RunMeasurements run) => run.Unit == "item" ? "an item" : "a request";

    private static string Held(RunMeasurements run, TimeSpan part) =>
        $"{An(run)} holds its slot for {run.PerUnit(run.InSlot.Total)} and spends {run.PerUnit(part)} of that";

    private static string Upstream(StageTimes times) => (times.Fetch > TimeSpan.Zero, times.Delay > TimeSpan.Zero) switch
    {
        (true, true) => "the upstream and Ingestion:Delay",
        (false, true) => "Ingestion:Delay",
        _ => "the upstream",
    };

    private static string Cpu(RunMeasurements run)
    {
        if (run.BusyCores < run.UsableCores * LittleCpu)
        {
            return $"CPU-bound: an item computes for {Figure.Of(run.PerItem(run.Times.Transform))} and gets {Figure.Of(run.CpuPerItem)} of CPU time meanwhile. "
                + "The cores are also busy with something else, or rationed.";
        }

        string loop = run.Strategy.StaysOnOneThread && run.Cores > 1 ? $" {run.Strategy.Name} runs all items on one thread, so it can use one of the {run.CoresInWords}." : "";
        string quota = run.IsThrottled ? $" The quota of CPU time was used up in {Figure.Of(100 * run.Cpu.ThrottledShare)} % of its periods, and the process stopped until the next." : "";
        return $"CPU-bound: an item takes {Figure.Of(run.CpuPerItem)} of CPU time, which keeps {Figure.Of(run.BusyCores)} of {run.CoresInWords} busy.{quota}{loop}";
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
        return string.Join(", ", parts.Where(part => part.Time > TimeSpan.Zero).Select(part => $"{run.PerUnit(part.Time)} {part.What}"));
    }
}
