namespace Ingestion.Runs.Advice;

/// <summary>Says in sentences what a run was bound by, why, and what would make it faster.</summary>
internal static class Advisor
{
    /// <summary>Below these a run was too short for arithmetic: connecting and compiling take a good part of it.</summary>
    public const int MinItems = 100;

    /// <inheritdoc cref="MinItems"/>
    public static readonly TimeSpan MinElapsed = TimeSpan.FromSeconds(2);

    /// <summary>The share of attempts that failed from which on failures come first: a fifth is what the retry budget takes for trouble.</summary>
    private const double ManyFailures = 0.2;

    public static RunAdvice Advise(RunMeasurements run)
    {
        BoundBy bound = Diagnosis.Explain(run);
        List<string> sentences = [];
        int? suggested = null;
        if (run.Items == 0)
        {
            sentences.Add("Nothing was left to do.");
        }
        else
        {
            sentences.Add(Reasons.Why(run, bound));
            AddFailures(run, sentences);
            if (!run.Strategy.HoldsSlotToTheEnd)
                sentences.Add(BeyondSlots(run));
            suggested = Suggest(run, bound, sentences);
        }

        return new RunAdvice
        {
            BoundBy = bound,
            Shares = SlotShares.Of(run.InSlot, run.Elapsed * run.Slots),
            Sentences = sentences,
            SuggestedDegree = suggested,
        };
    }

    private static int? Suggest(RunMeasurements run, BoundBy bound, List<string> sentences)
    {
        (string? sentence, int? degree) = bound switch
        {
            BoundBy.Input => (Input(run), null),
            _ when run.Elapsed < MinElapsed || (run.Items < MinItems && bound is BoundBy.Cpu or BoundBy.RateLimit) => (TooShort(run), null),
            _ when run.LimitFound is { } found => (Adaptive(run, found), null),
            BoundBy.Cpu => CpuAdvice.Of(run),
            BoundBy.RateLimit => RateLimit(run),
            _ => SlotAdvice.Of(run, bound),
        };
        if (sentence is not null)
            sentences.Add(sentence);
        return degree;
    }

    private static void AddFailures(RunMeasurements run, List<string> sentences)
    {
        long attempts = run.Items + run.Retries;
        long failed = run.Failed + run.Retries;
        if (failed < attempts * ManyFailures)
            return;

        sentences.Add($"{Figure.Of(failed)} of {Figure.Of(attempts)} attempts failed, which is where much of the time went: the logs and 'status' say why. More slots will not help before that is put right.");
    }

    private static string BeyondSlots(RunMeasurements run) =>
        $"Outside the slots, {Figure.Of(run.Times.Transform / run.Elapsed)} items were computing and {Figure.Of(run.Times.Persist / run.Elapsed)} waiting for their commit, on average.";

    private static string Input(RunMeasurements run)
    {
        string slots = $"On average {Figure.Of(run.InSlot.Total / run.Elapsed)} of {Figure.Of(run.Slots)} slots had something to do";
        return run.Items <= run.Slots
            ? $"{slots}: there were only {Figure.Of(run.Items)} items. More slots are of no use."
            : $"{slots}: items came at {Figure.Of(run.Rate)} a second, and each takes a slot for {Figure.Of(run.SlotTimePerItem)}. More slots are of no use; a faster source is.";
    }

    private static string Adaptive(RunMeasurements run, int found) => found == run.Degree
        ? $"The limit went up to the degree of parallelism configured, {Figure.Of(found)}, and was borne: with a higher one, or 0 for no cap, it would look further."
        : $"{Figure.Of(found)} requests at once are what it came to: more make the upstream slower or are sent away. There is nothing to set.";

    private static string TooShort(RunMeasurements run) =>
        $"{Figure.Of(run.Items)} items in {Figure.Of(run.Elapsed)} say nothing about more slots, start-up counts for too much: it takes at least {MinItems} items and {Figure.Of(MinElapsed)}.";

    private static (string Sentence, int? Degree) RateLimit(RunMeasurements run)
    {
        if (run.RequestsPerSecond is not { } limit)
        {
            return ($"The gate was closed because the upstream asked for a pause or did not answer. {Figure.Of(run.Rate * run.RequestsPerItem)} requests a second "
                + "got through: set Upstream:RequestsPerSecond to what it allows, or ask for a higher quota.", null);
        }

        Ceiling ceiling = new(limit / run.RequestsPerItem, "", Spare: 0);
        int enough = Figure.RoundUp(ceiling.SlotsNeeded(run.SlotTimePerItem));
        string sentence = $"{Figure.Of(limit)} requests a second × {Figure.Of(run.SlotTimePerItem)} in a slot = {Figure.Of(ceiling.Rate * run.SlotTimePerItem.TotalSeconds)} slots busy: "
            + $"{Figure.Of(enough)} are enough, more only wait. Faster is only a higher Upstream:RequestsPerSecond.";
        return (sentence, run.Strategy.FixedDegree is null ? enough : null);
    }
}
