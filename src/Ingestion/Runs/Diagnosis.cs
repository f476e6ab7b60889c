namespace Ingestion.Runs;

/// <summary>Says what a run was bound by, from where its slots' time went.</summary>
internal static class Diagnosis
{
    /// <summary>The share of the available cores from which on computing is what holds a run up.</summary>
    private const double BusyCpu = 0.7;

    /// <summary>The share of slot time below which the slots were short of work.</summary>
    private const double IdleSlots = 0.5;

    /// <param name="clock">Time by stage, over all slots.</param>
    /// <param name="elapsed">How long the run took.</param>
    /// <param name="slots">The most slots in use at once.</param>
    /// <param name="threads">How many threads items ran on: an event loop has one, whatever the machine has.</param>
    /// <param name="cores">Cores of the machine.</param>
    public static BoundBy Explain(StageClock clock, TimeSpan elapsed, int slots, int threads, int cores)
    {
        TimeSpan transform = clock.Total(Stage.Transform);
        if (transform >= elapsed * BusyCpu * Math.Max(1, Math.Min(cores, threads)))
            return BoundBy.Cpu;

        (TimeSpan Time, BoundBy Bound)[] shares =
        [
            (clock.Total(Stage.Fetch) + clock.Total(Stage.Delay), BoundBy.Upstream),
            (transform, BoundBy.Cpu),
            (clock.Total(Stage.Persist), BoundBy.Database),
            (clock.Total(Stage.Gate), BoundBy.RateLimit),
        ];
        TimeSpan busy = shares.Aggregate(TimeSpan.Zero, (sum, share) => sum + share.Time);
        return busy < elapsed * slots * IdleSlots ? BoundBy.Input : shares.MaxBy(share => share.Time).Bound;
    }
}
