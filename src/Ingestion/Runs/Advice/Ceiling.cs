namespace Ingestion.Runs.Advice;

/// <summary>The most items per second that more slots can lead to, and what sets that limit.</summary>
/// <param name="Rate">Items per second.</param>
/// <param name="Limit">What is used up then, as the subject of a sentence, with its verb.</param>
/// <param name="Spare">Slots that have to be there beside those Little's law asks for, or what sets the limit would stand still whenever slots happen to wait all at once.</param>
internal sealed record Ceiling(double Rate, string Limit, int Spare)
{
    /// <summary>While every core computes, answers that have come wait to be read, and no core should stand still when they are: with two for each core mixed work came to 76 % of the best, with four to 96 % (benchmarks/advice.sh).</summary>
    private const int SpareSlotsPerCore = 4;

    /// <summary>Answers that are slower than the average leave a slot missing now and then; a quarter more slots make up for it.</summary>
    private const double Unevenness = 1.25;

    /// <summary>How many slots it takes. Little's law: in flight = rate × time (https://en.wikipedia.org/wiki/Little%27s_law).</summary>
    public double SlotsNeeded(TimeSpan slotTimePerItem)
    {
        double needed = Rate * slotTimePerItem.TotalSeconds;
        return Math.Max(1, Math.Max(needed * Unevenness, needed + Spare));
    }

    /// <summary>The lowest of all that apply.</summary>
    /// <param name="run">What was measured.</param>
    /// <param name="cores">Cores that the items may use.</param>
    public static Ceiling Of(RunMeasurements run, double cores)
    {
        List<Ceiling> all = [];
        if (run.CpuPerItem > TimeSpan.Zero)
            all.Add(new Ceiling(cores / run.CpuPerItem.TotalSeconds, cores == 1 ? "one core is the limit" : $"the {Figure.Of(cores)} cores are the limit", SpareSlotsPerCore * (int)Math.Ceiling(cores)));
        if (run.RequestsPerSecond is { } limit)
            all.Add(new Ceiling(limit / run.RequestsPerItem, "the rate limit (Upstream:RequestsPerSecond) is the limit", Spare: 0));
        if (run.PersistsBeyondSlot is > 0 and var persists && run.Times.Persist > TimeSpan.Zero)
            all.Add(new Ceiling(persists / run.PerItem(run.Times.Persist).TotalSeconds, $"the {persists} commits that may be waited for at once are the limit", Spare: 0));
        return all.MinBy(ceiling => ceiling.Rate) ?? new Ceiling(double.PositiveInfinity, "nothing measured is the limit", Spare: 0);
    }
}
