namespace Ingestion.Runs.Advice;

/// <summary>Finds what a run was bound by, and what would make it faster. What cannot be known is left out.</summary>
internal static class Advisor
{
    /// <summary>More slots than this many times those there are would be a leap.</summary>
    private const int NextStep = 4;

    /// <summary>Less than this to be gained is not worth a change.</summary>
    private const double WorthIt = 1.25;

    /// <summary>The share of attempts that were made again from which on there may be too many requests at once already.</summary>
    private const double Overload = 0.05;

    /// <summary>The most threads to advise: each costs memory and time to switch to, where waiting asynchronously costs next to nothing.</summary>
    private const int MaxThreads = 512;

    /// <summary>What <c>Ingestion:DegreeOfParallelism</c> allows.</summary>
    private const int MaxDegree = 100_000;

    public static RunAdvice Advise(RunMeasurements run)
    {
        (BoundBy bound, (BoundBy, BoundBy)? change) = Diagnosis.ExplainParts(run);
        RunAdvice advice = new() { BoundBy = bound, Change = change, Figures = run, WhySilent = Obstacle(run, bound, change is not null) };
        return (advice.WhySilent, bound) switch
        {
            (not null, _) => advice,
            (_, BoundBy.Cpu) => Cpu(run, advice),
            (_, BoundBy.RateLimit) => RateLimit(run, advice),
            _ => Slots(run, advice),
        };
    }

    /// <summary>The same for a part of a run that goes on. Null when it shows nothing: then nothing is said, not even that.</summary>
    public static RunAdvice? AdviseOnWindow(RunMeasurements run)
    {
        RunAdvice? advice = run.IsShort || run.Items < RunMeasurements.MinItems ? null : Advise(run);
        return advice is { BoundBy: not BoundBy.Unknown } ? advice : null;
    }

    private static Silence? Obstacle(RunMeasurements run, BoundBy bound, bool hasChanged) => bound switch
    {
        _ when run.Items == 0 => Silence.NothingDone,
        _ when run.WasStorageAway => Silence.DatabaseAway,
        _ when bound == BoundBy.Retries || run.HasFailedOften => Silence.Failures,
        BoundBy.RateLimit when !run.IsAtRate => Silence.NotTheSlots,
        _ when hasChanged => Silence.Changed,
        BoundBy.Input => Silence.NotTheSlots,
        _ when run.AreAllAtOnce && !run.IsShort => Silence.AllAtOnce,
        _ when run.IsShort || run.Items < RunMeasurements.MinItems => Silence.TooShort,
        BoundBy.Cpu => run.StaysOnOneThread ? Silence.NotTheSlots : null,
        BoundBy.RateLimit => null,
        BoundBy.Unknown => Silence.NoCause,
        _ when run.LimitFound is not null => Silence.NothingToSet,
        _ when run.IsTail || !run.AreSlotsFull => Silence.LackOfWork,
        _ when run.Degree == 0 => Silence.NoCap,
        _ => null,
    };

    private static RunAdvice Cpu(RunMeasurements run, RunAdvice advice)
    {
        // The time in a slot includes waiting for a core once there are more slots than needed, so it cannot say that more are.
        int enough = Ceiling.Of(run, run.Cores).SlotsNeeded(run.SlotTimePerItem);
        return advice with { Enough = run.AreCoresFull ? Math.Min(run.Slots, enough) : Math.Max(run.Slots, enough), WhySilent = run.LimitFound is null ? null : Silence.NothingToSet };
    }

    private static RunAdvice RateLimit(RunMeasurements run, RunAdvice advice)
    {
        double limit = run.RequestsPerSecond ?? 0;
        return advice with
        {
            Enough = new Ceiling(limit, BoundBy.RateLimit, limit).SlotsNeeded(run.SlotTimePerRequest),
            WhySilent = run.HasOneSlot || run.LimitFound is not null ? Silence.NothingToSet : null,
        };
    }

    /// <summary>How many to have when they mostly wait.</summary>
    private static RunAdvice Slots(RunMeasurements run, RunAdvice advice)
    {
        Ceiling ceiling = Ceiling.Of(run, run.HasOneSlot ? run.Cores : run.UsableCores);
        bool isCapped = run.Strategy.BlocksThreads && !run.HasOneSlot;
        long most = Math.Min(run.RequestsAtOnce, isCapped ? MaxThreads : MaxDegree);
        int enough = (int)Math.Min(ceiling.SlotsNeeded(run.SlotTimePerItem), most);
        int next = Math.Min(run.Slots * NextStep, enough);
        double share = run.Working / run.Use.Watched;
        double gain = 1 / ((share / Speedup(run, next, ceiling)) + 1 - share);
        Silence? nothingToSet = run.HasOneSlot ? Silence.NothingToSet : null;
        if (gain < WorthIt)
            return ceiling.Rate < run.Rate * WorthIt ? advice with { Enough = run.Degree, Ceiling = ceiling, WhySilent = nothingToSet } : advice with { WhySilent = Silence.LittleToGain };
        if (run.Retries >= run.Attempts * Overload)
            return advice with { WhySilent = Silence.Retries };

        ceiling = enough switch
        {
            MaxThreads when isCapped => ceiling with { Limit = BoundBy.Concurrency, Amount = MaxThreads },
            _ when enough >= run.RequestsAtOnce => ceiling with { Limit = BoundBy.Input, Amount = run.RequestsAtOnce },
            _ => ceiling,
        };
        return advice with { Enough = enough, Ceiling = ceiling, Next = (next, gain), WhySilent = nothingToSet };
    }

    /// <summary>How many times as fast the work is done with <paramref name="slots"/>: at most as many times as there are fewer rounds, and up to the ceiling.</summary>
    private static double Speedup(RunMeasurements run, int slots, Ceiling ceiling) => Math.Min(
        (double)run.RequestsAtOnce / run.Slots / Math.Ceiling((double)run.RequestsAtOnce / slots),
        ceiling.Rate / run.Rate);
}
