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

    /// <summary>From this share on that work was missing, more slots would miss it too.</summary>
    private const double LackOfWork = 0.2;

    /// <summary>Nearly all the time items were waiting for a slot: more slots would have had some too.</summary>
    public static bool AreFull(RunMeasurements run) =>
        run.Use.Unfed < run.Use.Watched * LackOfWork && run.Use.WaitingForRetries < run.Use.SlotTime * LackOfWork;

    public static (string? Sentence, int? Degree) Of(RunMeasurements run, BoundBy bound)
    {
        if (run.Degree == 0)
            return ($"There is no cap; {Figure.Of(run.Slots)} slots were the most in use at once.", null);

        bool isFixed = run.Strategy.FixedDegree is not null;
        Ceiling ceiling = Ceiling.Of(run, isFixed ? run.Cores : run.UsableCores);
        bool isCapped = run.Strategy.BlocksThreads && !isFixed;
        long most = Math.Min(run.RequestsAtOnce, isCapped ? MaxThreads : MaxDegree);
        int enough = (int)Math.Min(Figure.RoundUp(ceiling.SlotsNeeded(run.SlotTimePerItem)), most);
        int next = Math.Min(run.Slots * NextStep, enough);
        double share = run.Working / run.Use.Watched;
        double gain = 1 / ((share / Speedup(run, next, ceiling)) + 1 - share);
        if (gain < WorthIt)
            return ceiling.Rate < run.Rate * WorthIt ? (Enough(run, ceiling), isFixed ? null : run.Degree) : (null, null);

        string limit = enough switch
        {
            MaxThreads when isCapped => $"For more than {MaxThreads} threads, Async is the better choice",
            _ when enough >= run.RequestsAtOnce => $"There are no more than {Figure.Of(run.RequestsAtOnce)} {run.Unit}s",
            _ => $"More than {Figure.Of(enough)} do not help: {ceiling.Limit}",
        };
        string condition = bound is BoundBy.Database ? "if the database keeps up" : "if the upstream keeps up";
        string faster = $"about {Figure.Of(Math.Round(gain, 1))} times as fast, {condition}. {limit}.";
        string sentence = isFixed
            ? $"{run.Strategy.Name} has one slot whatever is configured. Async with a degree of parallelism of {Figure.Of(next)} would be {faster}"
            : $"{Figure.Of(run.Slots)} {(run.Slots == 1 ? "slot keeps" : "slots keep")} {Figure.Of(run.BusyCores)} of {Figure.Of(run.UsableCores)} {(run.UsableCores == 1 ? "core" : "cores")} busy. {Figure.Of(next)} would be {faster}";
        return (sentence, isFixed ? null : enough);
    }

    /// <summary>How many times as fast the work is done with <paramref name="slots"/>: at most as many times as there are fewer rounds, and up to the ceiling.</summary>
    private static double Speedup(RunMeasurements run, int slots, Ceiling ceiling) => Math.Min(
        (double)run.RequestsAtOnce / run.Slots / Math.Ceiling((double)run.RequestsAtOnce / slots),
        ceiling.Rate / run.Rate);

    private static string Enough(RunMeasurements run, Ceiling ceiling) =>
        $"{Figure.Of(run.Slots)} {(run.Slots == 1 ? "slot is" : "slots are")} about right: {Figure.Of(run.Rate)} items a second are done, and at {Figure.Of(ceiling.Rate)} {ceiling.Limit}.";
}
