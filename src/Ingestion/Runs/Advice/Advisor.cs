namespace Ingestion.Runs.Advice;

/// <summary>Says in sentences what a run was bound by, why, and what would make it faster. What cannot be known is not said.</summary>
internal static class Advisor
{
    /// <summary>Below these a run was too short for arithmetic: connecting and compiling take a good part of it.</summary>
    public const int MinItems = 100;

    /// <inheritdoc cref="MinItems"/>
    public static readonly TimeSpan MinElapsed = TimeSpan.FromSeconds(2);

    /// <summary>The share of a run for which the database may be away without a change of what the rest of it says.</summary>
    public const double Absence = 0.05;

    /// <summary>The share of attempts that failed from which on failures come first: a fifth is what the retry budget takes for trouble.</summary>
    private const double ManyFailures = 0.2;

    /// <summary>The share of a configured rate from which on it is what holds requests back, and not a gate that was closed.</summary>
    private const double AtRate = 0.8;

    public static RunAdvice Advise(RunMeasurements run)
    {
        BoundBy bound = Diagnosis.Explain(run);
        (List<string?> sentences, int? suggested) = run.Items == 0 ? ([Nothing(run)], null) : Explain(run, bound);
        return new RunAdvice
        {
            BoundBy = bound,
            Shares = SlotShares.Of(run.InSlot, run.Elapsed * run.Slots),
            Sentences = [.. sentences.OfType<string>()],
            SuggestedDegree = suggested,
        };
    }

    /// <summary>The same for a part of a run that goes on. Null when it shows nothing: then nothing is said, not even that.</summary>
    public static RunAdvice? AdviseOnWindow(RunMeasurements run)
    {
        bool isEnough = !run.IsShort && run.Items >= MinItems;
        RunAdvice? advice = isEnough ? Advise(run) : null;
        return advice is { BoundBy: not BoundBy.Unknown, Sentences.Count: > 0 } ? advice : null;
    }

    private static (List<string?> Sentences, int? Degree) Explain(RunMeasurements run, BoundBy bound)
    {
        string? failures = Failures(run);
        if (run.WasStorageAway)
            return ([$"The database was away for {Figure.Of(run.Use.StorageAway)} of {Figure.Of(run.Elapsed)}: this run does not show what else holds it up.", failures], null);

        List<string?> sentences = [Reasons.Why(run, bound), Reasons.Crowd(run, bound), Reasons.Tail(run), failures];
        if (!run.Strategy.HoldsSlotToTheEnd)
            sentences.Add(BeyondSlots(run));
        (string? sentence, int? degree) = failures is null ? Suggest(run, bound) : (null, null);
        sentences.Add(sentence);
        return (sentences, degree);
    }

    private static (string? Sentence, int? Degree) Suggest(RunMeasurements run, BoundBy bound) => bound switch
    {
        BoundBy.Retries => (null, null),
        BoundBy.Input => (Input(run), null),
        _ when run.RequestsAtOnce <= run.Slots && !run.IsShort => (AllAtOnce(run), null),
        _ when run.IsShort || run.Items < MinItems => (TooShort(run), null),
        BoundBy.Cpu => CpuAdvice.Of(run),
        BoundBy.RateLimit => RateLimit(run),
        BoundBy.Upstream when run.LimitFound is { } found => (Adaptive(run, found), null),
        BoundBy.Unknown => (null, null),
        _ when run.LimitFound is not null || run.IsTail || !SlotAdvice.AreFull(run) => (null, null),
        _ => SlotAdvice.Of(run, bound),
    };

    private static string Nothing(RunMeasurements run) => run.IsComplete ? "Nothing was left to do." : "The run ended before any of its items did: there is nothing to measure.";

    private static string? Failures(RunMeasurements run)
    {
        long attempts = run.Items + run.Retries;
        long failed = run.Failed + run.Retries;
        return failed >= attempts * ManyFailures
            ? $"{Figure.Of(failed)} of {Figure.Of(attempts)} attempts failed. See to that first, more slots do not help: the log says why, and 'ingestion-worker status' lists what was given up."
            : null;
    }

    private static string BeyondSlots(RunMeasurements run) =>
        $"Outside the slots, {Figure.Of(run.Times.Transform / run.Elapsed)} {run.Unit}s were computing and {Figure.Of(run.Times.Persist / run.Elapsed)} waiting for their commit, on average.";

    private static string Input(RunMeasurements run) =>
        $"On average, {Figure.Of(run.Use.Occupied / run.Use.Watched)} of {Figure.Of(run.Use.Slots)} slots had something to do: items came at {Figure.Of(run.Rate)} a second. "
        + "A faster source helps, more slots do not.";

    private static string AllAtOnce(RunMeasurements run) =>
        $"All {Figure.Of(run.RequestsAtOnce)} {run.Unit}s were in flight at once: more slots do not help.";

    private static string? Adaptive(RunMeasurements run, int found) => run switch
    {
        _ when found == run.Degree => $"The limit rose to the configured degree of parallelism, {Figure.Of(found)}, and the upstream kept up. Set a higher degree, or 0 for no cap, to let the limit rise further.",
        { HasMetLimit: true } => $"The upstream takes {Figure.Of(found)} requests at once: with more it gets slower, or refuses some. There is nothing to set.",
        _ => null,
    };

    private static string TooShort(RunMeasurements run) =>
        $"The run was too short to recommend a degree of parallelism ({Figure.Of(run.Items)} items in {Figure.Of(run.Elapsed)}; it takes {MinItems} items and {Figure.Of(MinElapsed)}).";

    private static (string Sentence, int? Degree) RateLimit(RunMeasurements run)
    {
        double requests = run.Rate * run.RequestsPerItem;
        if (run.RequestsPerSecond is not { } limit || requests < limit * AtRate)
        {
            if (run.HasQuota)
                return ($"The upstream's quota was used up, and requests waited for the next: {Figure.Of(requests)} a second got through. Only a higher quota, or more IDs with one request, makes the run faster.", null);
            return ($"The gate was closed for a time: the upstream asked for a pause, or did not answer. {Figure.Of(requests)} requests a second got through. "
                + "If the upstream limits them, set Upstream:RequestsPerSecond to what it allows, or ask for a higher quota.", null);
        }

        double busy = limit * run.SlotTimePerRequest.TotalSeconds;
        int enough = Figure.RoundUp(new Ceiling(limit, "", Spare: 0).SlotsNeeded(run.SlotTimePerRequest));
        string sentence = $"{Figure.Of(limit)} requests a second of {Figure.Of(run.SlotTimePerRequest)} each keep {Figure.Of(busy)} slots busy: {Figure.Of(enough)} are enough. "
            + "Only a higher Upstream:RequestsPerSecond makes the run faster.";
        return (sentence, run.Strategy.FixedDegree is null && run.LimitFound is null ? enough : null);
    }
}
