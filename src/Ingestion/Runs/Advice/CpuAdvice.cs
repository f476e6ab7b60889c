namespace Ingestion.Runs.Advice;

/// <summary>What to do when the cores are busy.</summary>
internal static class CpuAdvice
{
    /// <summary>The share of the cores from which on there is nothing left for more slots.</summary>
    private const double Full = 0.9;

    public static (string Sentence, int? Degree) Of(RunMeasurements run)
    {
        if (run.Strategy.StaysOnOneThread)
        {
            return run.Cores <= 1
                ? ("Only cheaper work makes the run faster, or another core with another strategy.", null)
                : ($"ThreadPool, Async and Pipeline use all {run.CoresInWords}: up to {Figure.Of(run.Cores)} times as fast.", null);
        }

        Ceiling ceiling = Ceiling.Of(run, run.Cores);
        int enough = Figure.RoundUp(ceiling.SlotsNeeded(run.SlotTimePerItem));

        // The time in a slot includes waiting for a core once there are more slots than needed, so it cannot say that more are.
        int degree = run.BusyCores >= run.Cores * Full ? Math.Min(run.Slots, enough) : Math.Max(run.Slots, enough);
        string slots = run.LimitFound is null ? $"{Figure.Of(degree)} slots are enough, more only wait for a core. " : "";
        double most = run.Cores / run.CpuPerItem.TotalSeconds;
        return ($"{(run.Cores == 1 ? "One core" : run.CoresInWords)} ÷ {Figure.Of(run.CpuPerItem)} = at most {Figure.Of(most)} items a second{(run.Rate < most ? $", and {Figure.Of(run.Rate)} were done" : "")}. "
            + $"{slots}Only cheaper work or more cores make the run faster.", run.LimitFound is null ? degree : null);
    }
}
