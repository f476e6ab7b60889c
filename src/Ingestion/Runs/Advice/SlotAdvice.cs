namespace Ingestion.Runs.Advice;

/// <summary>How many slots to have when they mostly wait.</summary>
internal static class SlotAdvice
{
    /// <summary>More slots than this many times those there are would be a leap; it is the next step that is put into words.</summary>
    private const int NextStep = 4;

    /// <summary>Less than this to be gained is not worth a change.</summary>
    private const double WorthIt = 1.25;

    /// <summary>The most threads to advise: each costs memory and time to switch to, where waiting asynchronously costs next to nothing.</summary>
    private const int MaxThreads = 512;

    /// <summary>What <c>Ingestion:DegreeOfParallelism</c> allows.</summary>
    private const int MaxDegree = 100_000;

    public static (string? Sentence, int? Degree) Of(RunMeasurements run, BoundBy bound)
    {
        if (run.Items <= run.Slots)
            return ($"All {Figure.Of(run.Items)} items were in flight at once: more slots are of no use.", null);
        if (run.Degree == 0)
            return ($"There is no cap; {Figure.Of(run.Slots)} slots were the most in use at once.", null);

        bool isFixed = run.Strategy.FixedDegree is not null;
        Ceiling ceiling = Ceiling.Of(run, isFixed ? run.Cores : run.UsableCores);
        bool isCapped = run.Strategy.BlocksThreads && !isFixed;
        long most = Math.Min(run.Items, isCapped ? MaxThreads : MaxDegree);
        int enough = (int)Math.Min(Figure.RoundUp(ceiling.SlotsNeeded(run.SlotTimePerItem)), most);
        bool isShort = run.Items < Advisor.MinItems;
        if (enough < run.Slots * WorthIt || ceiling.Rate < run.Rate * WorthIt)
            return isShort ? (null, null) : (Enough(run, ceiling), isFixed ? null : run.Degree);

        string limit = (isShort, enough) switch
        {
            (true, _) => ". The run was too short to say how far that goes",
            (_, MaxThreads) when isCapped => $"; beyond {MaxThreads} threads, Async is the better choice",
            _ when enough >= run.Items => $"; there are no more than {Figure.Of(run.Items)} items",
            _ => $"; beyond {Figure.Of(enough)}, {ceiling.Limit}",
        };
        int next = Math.Min(run.Slots * NextStep, enough);
        double gain = Math.Min((double)next / run.Slots, ceiling.Rate / run.Rate);
        string faster = $"{Figure.Of(next)} would be about {Figure.Of(Math.Round(gain, 1))} times as fast";
        string condition = bound is BoundBy.Database ? "if the database keeps up" : "if the upstream keeps up";
        string sentence = isFixed
            ? $"{run.Strategy.Name} has one slot whatever is configured: Async with a degree of parallelism of {faster}, {condition}{limit}."
            : $"{Figure.Of(run.Slots)} {(run.Slots == 1 ? "slot keeps" : "slots keep")} {Figure.Of(run.BusyCores)} of {Figure.Of(run.UsableCores)} {(run.UsableCores == 1 ? "core" : "cores")} busy; {faster}, {condition}{limit}.";
        return (sentence, isFixed || isShort ? null : enough);
    }

    private static string Enough(RunMeasurements run, Ceiling ceiling) =>
        $"{Figure.Of(run.Rate)} items a second × {Figure.Of(run.SlotTimePerItem)} in a slot: {Figure.Of(run.Slots)} slots do nearly what can be done, beyond {Figure.Of(ceiling.Rate)} items a second {ceiling.Limit}.";
}
