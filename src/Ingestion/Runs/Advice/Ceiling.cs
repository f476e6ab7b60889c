namespace Ingestion.Runs.Advice;

/// <summary>The most items per second that more slots can lead to, and what sets that limit.</summary>
/// <param name="Rate">Items per second.</param>
/// <param name="Limit">What the run is bound by then: the cores, the configured rate, the commits that may be waited for at once, the number of items, or the threads that make sense.</param>
/// <param name="Amount">How much of it there is.</param>
public sealed record Ceiling(double Rate, BoundBy Limit, double Amount)
{
    /// <summary>While every core computes, answers that have come wait to be read, and no core should stand still when they are: with two for each core mixed work came to 76 % of the best, with four to 96 % (benchmarks/advice.sh).</summary>
    private const int SpareSlotsPerCore = 4;

    /// <summary>Answers that are slower than the average leave a slot missing now and then; a quarter more slots make up for it.</summary>
    private const double Unevenness = 1.25;

    /// <summary>Slots beside those Little's law asks for, or the cores would stand still whenever slots happen to wait all at once.</summary>
    private double Spare => Limit == BoundBy.Cpu ? SpareSlotsPerCore * Math.Ceiling(Amount) : 0;

    /// <summary>How many slots it takes. Little's law: in flight = rate × time (https://en.wikipedia.org/wiki/Little%27s_law).</summary>
    internal int SlotsNeeded(TimeSpan slotTimePerItem)
    {
        double needed = Rate * slotTimePerItem.TotalSeconds;
        return RoundUp(Math.Max(1, Math.Max(needed * Unevenness, needed + Spare)));
    }

    /// <summary>The lowest of all that apply.</summary>
    /// <param name="run">What was measured.</param>
    /// <param name="cores">Cores that the items may use.</param>
    internal static Ceiling Of(RunMeasurements run, double cores)
    {
        List<Ceiling> all = [];
        if (run.CpuPerItem > TimeSpan.Zero)
            all.Add(new Ceiling(cores / run.CpuPerItem.TotalSeconds, BoundBy.Cpu, cores));
        if (run.RequestsPerSecond is { } limit)
            all.Add(new Ceiling(limit / run.RequestsPerItem, BoundBy.RateLimit, limit));
        if (run.PersistsBeyondSlot is > 0 and var persists && run.CommitPerItem() is var commit && commit > TimeSpan.Zero)
            all.Add(new Ceiling(persists / commit.TotalSeconds, BoundBy.Database, persists));
        return all.MinBy(ceiling => ceiling.Rate) ?? new Ceiling(double.PositiveInfinity, BoundBy.Unknown, 0);
    }

    /// <summary>Rounded up to two significant digits: nobody configures 4,137 slots.</summary>
    internal static int RoundUp(double number)
    {
        double step = number < 100 ? 1 : Math.Pow(10, Math.Floor(Math.Log10(number)) - 1);
        return (int)Math.Min(int.MaxValue, Math.Ceiling(number / step) * step);
    }
}
