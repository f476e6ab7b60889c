using Ingestion.Runs.Advice;

namespace Worker.Reports;

/// <summary>Puts what a run's figures show into sentences, in the order to read them.</summary>
internal sealed class AdviceText
{
    /// <summary>Whoever computes all the time and gets less than this share of the cores shares them.</summary>
    private const double LittleCpu = 0.5;

    /// <summary>The share of the run from which on it is worth a sentence that the cores had more to do than they could.</summary>
    private const double Crowded = 0.5;

    /// <summary>The share of the run from which on its tail is worth a sentence.</summary>
    private const double LongTail = 0.2;

    private readonly RunAdvice _advice;
    private readonly RunMeasurements _run;
    private readonly string _unit;

    private AdviceText(RunAdvice advice) => (_advice, _run, _unit) = (advice, advice.Figures, advice.Figures.ItemsPerRequest > 1 ? "request" : "item");

    private string An => _unit == "item" ? "an item" : "a request";

    private string? Failures => _run.HasFailedOften
        ? $"{Figure.Of(_run.Failed + _run.Retries)} of {Figure.Of(_run.Attempts)} attempts failed. See to that first, more slots do not help: the log says why, and 'ingestion-worker status' lists what was given up."
        : null;

    /// <summary>That the machine had more to do than it has cores, where that may be what items waited for: part of every wait is for a core.</summary>
    private string? Crowd => _advice.BoundBy is BoundBy.Upstream or BoundBy.Database or BoundBy.Concurrency && !_run.IsShort && _run.CrowdedShare is >= Crowded and var share
        ? $"For {Percent(Math.Min(1, share))} of the time something here waited for a core: part of these waits is for the machine."
        : null;

    private string? Change => _advice.Change is var (first, second)
        ? $"That changed on the way: part of the run was bound by {RunJson.NameOf(first)}, another by {RunJson.NameOf(second)}. No degree of parallelism fits both."
        : null;

    private string? BeyondSlots => _run.HoldsSlotToTheEnd
        ? null
        : $"Outside the slots, {Figure.Of(_run.Times.Transform / _run.Elapsed)} {_unit}s were computing and {Figure.Of(_run.Times.Persist / _run.Elapsed)} waiting for their commit, on average.";

    public static IReadOnlyList<string> Of(RunAdvice advice)
    {
        AdviceText text = new(advice);
        IEnumerable<string?> all = advice.WhySilent switch
        {
            Silence.NothingDone => [advice.Figures.IsComplete ? "Nothing was left to do." : "The run ended before any of its items did: there is nothing to measure."],
            Silence.DatabaseAway => [$"The database was away for {Figure.Of(text._run.Use.StorageAway)} of {Figure.Of(text._run.Elapsed)}: this run does not show what else holds it up.", text.Failures],
            _ => [text.Why(), text.Change, text.Crowd, text.Tail(), text.Failures, text.BeyondSlots, text.Degree()],
        };
        return [.. all.OfType<string>()];
    }

    /// <summary>Null when there is nothing that can be said for sure.</summary>
    private string? Why() => _advice.BoundBy switch
    {
        BoundBy.Upstream => $"I/O-bound: {Held(_run.Times.Fetch + _run.Times.Delay)} waiting for {Upstream()}.",
        BoundBy.Database when !_run.HoldsSlotToTheEnd => $"Database-bound: {An} waits {PerUnit(_run.Times.Persist)} for its commit, after it has given its slot back.",
        BoundBy.Database => $"Database-bound: {Held(_run.Times.Persist)} waiting for the commit.",
        BoundBy.RateLimit when _run.IsAtRate && _run.Times.Gate < _run.InSlot.Total / 2 =>
            $"Held back by the rate limit: {Figure.Of(_run.RequestRate)} requests a second were made, and Upstream:RequestsPerSecond allows {Figure.Of(_run.RequestsPerSecond ?? 0)}.",
        BoundBy.RateLimit => $"Held back at the gate: {Held(_run.Times.Gate)} waiting there.",
        BoundBy.Cpu => Cpu(),
        BoundBy.Concurrency => $"Too few slots: all are in use, and no wait dominates the {PerUnit(_run.InSlot.Total)} {An} holds one ({Parts()}).",
        BoundBy.Input => $"Input-bound: {Percent(_run.Use.Unfed / _run.Use.Watched)} of the time, no item was waiting for a slot.",
        BoundBy.Retries when Tail() is null && _run.Use.WaitingForRetries > TimeSpan.Zero =>
            $"Held up by retries: {Percent(_run.Use.WaitingForRetries / _run.Use.SlotTime)} of the slot time was idle while items waited for their next attempt.",
        _ => null,
    };

    private string Cpu()
    {
        string cpu = Figure.Of(_run.CpuPerItem), cores = Quantity.Cores(_run.Cores);
        if (_run.BusyCores < _run.UsableCores * LittleCpu)
            return $"CPU-bound: an item computes for {Figure.Of(_run.Times.Transform / _run.Items)} and gets {cpu} of CPU time meanwhile. The cores are also busy with something else, or rationed.";

        string loop = _run.StaysOnOneThread && _run.Cores > 1 ? $" {_run.StrategyName} runs all items on one thread, so it can use one of the {cores}." : "";
        string quota = _run.IsThrottled ? $" The quota of CPU time was used up in {Percent(_run.ThrottledShare)} of its periods, and the process stopped until the next." : "";
        return $"CPU-bound: an item takes {cpu} of CPU time, which keeps {Figure.Of(_run.BusyCores)} of {cores} busy.{quota}{loop}";
    }

    /// <summary>What the end of the run was spent on, when it was long and most slots had nothing to do.</summary>
    private string? Tail()
    {
        SlotUse use = _run.Use;
        if (use.RetryTail > TimeSpan.Zero && use.RetryTail >= use.Watched * LongTail)
            return $"The last {Figure.Of(use.RetryTail)} were {(use.RetriedAtEnd == 1 ? "one item's retries" : $"the retries of {Figure.Of(use.RetriedAtEnd)} items")}.";
        return use.Tail >= use.Watched * LongTail && !_run.IsShort && !_run.AreAllAtOnce
            ? $"For the last {Figure.Of(use.Tail)} the work had run out: on average, {Figure.Of(use.BusyInTail)} of {Figure.Of(use.Slots)} slots had something to do."
            : null;
    }

    /// <summary>Null where all is said.</summary>
    private string? Degree() => (_advice.WhySilent, _advice.BoundBy) switch
    {
        (Silence.Failures or Silence.Changed or Silence.NoCause or Silence.LackOfWork or Silence.LittleToGain, _) => null,
        (Silence.AllAtOnce, _) => $"All {Figure.Of(_run.RequestsAtOnce)} {_unit}s were in flight at once: more slots do not help.",
        (Silence.TooShort, _) => $"The run was too short to recommend a degree of parallelism ({Figure.Of(_run.Items)} items in {Figure.Of(_run.Elapsed)}; it takes {RunMeasurements.MinItems} items and {Figure.Of(RunMeasurements.MinElapsed)}).",
        (Silence.NoCap, _) => $"There is no cap; {Figure.Of(_run.Slots)} slots were the most in use at once.",
        (Silence.Retries, _) => $"{Figure.Of(_run.Retries)} of {Figure.Of(_run.Attempts)} attempts failed and were made again, perhaps because there were too many at once. Find out why before you add slots: the log says it.",
        (_, BoundBy.Input) => $"On average, {Figure.Of(_run.Use.Occupied / _run.Use.Watched)} of {Figure.Of(_run.Use.Slots)} slots had something to do: items came at {Figure.Of(_run.Rate)} a second. A faster source helps, more slots do not.",
        (Silence.NotTheSlots, BoundBy.Cpu) => _run.Cores <= 1
            ? "Only cheaper work makes the run faster, or another core with another strategy."
            : $"ThreadPool, Async and Pipeline use all {Quantity.Cores(_run.Cores)}: up to {Figure.Of(_run.Cores)} times as fast.",
        (_, BoundBy.Cpu) => CoresFull(_run.Cores / _run.CpuPerItem.TotalSeconds),
        (Silence.NotTheSlots, _) when _run.HasQuota => $"The upstream's quota was used up, and requests waited for the next: {Figure.Of(_run.RequestRate)} a second got through. Only a higher quota, or more IDs with one request, makes the run faster.",
        (Silence.NotTheSlots, _) => $"The gate was closed for a time: the upstream asked for a pause, or did not answer. {Figure.Of(_run.RequestRate)} requests a second got through. If the upstream limits them, set Upstream:RequestsPerSecond to what it allows, or ask for a higher quota.",
        (_, BoundBy.RateLimit) => RateUsed(_run.RequestsPerSecond ?? 0),
        (_, BoundBy.Upstream) when _run.LimitFound is { } found => LimitFound(found),
        _ when _advice is { Next: var (slots, gain), Ceiling: { } ceiling } => More(slots, gain, ceiling),
        _ when _advice.Ceiling is { } ceiling => $"{Slots("is", "are")} about right: {Figure.Of(_run.Rate)} items a second are done, and at {Figure.Of(ceiling.Rate)} {Limit(ceiling)}.",
        _ => null,
    };

    private string CoresFull(double most) => $"{(_run.Cores == 1 ? "One core" : Quantity.Cores(_run.Cores))} ÷ {Figure.Of(_run.CpuPerItem)} = at most {Figure.Of(most)} items a second{(_run.Rate < most ? $", and {Figure.Of(_run.Rate)} were done" : "")}. "
        + $"{(_advice.SuggestedDegree is { } enough ? $"{Figure.Of(enough)} slots are enough, more only wait for a core. " : "")}Only cheaper work or more cores make the run faster.";

    private string RateUsed(double limit) => $"{Figure.Of(limit)} requests a second of {Figure.Of(_run.SlotTimePerRequest)} each keep {Figure.Of(limit * _run.SlotTimePerRequest.TotalSeconds)} slots busy: {Figure.Of(_advice.Enough ?? 0)} are enough. "
        + "Only a higher Upstream:RequestsPerSecond makes the run faster.";

    private string? LimitFound(int found) => (_run.HasMetLimit, found == _run.Degree) switch
    {
        (false, true) => $"The limit rose to the configured degree of parallelism, {Figure.Of(found)}, and the upstream kept up. Set a higher degree, or 0 for no cap, to let the limit rise further.",
        (true, false) => $"The upstream takes {Figure.Of(found)} requests at once: with more it gets slower, or refuses some. There is nothing to set.",
        _ => null,
    };

    private string More(int next, double gain, Ceiling ceiling)
    {
        string limit = ceiling.Limit switch
        {
            BoundBy.Concurrency => $"For more than {Figure.Of(ceiling.Amount)} threads, Async is the better choice",
            BoundBy.Input => $"There are no more than {Figure.Of(ceiling.Amount)} {_unit}s",
            _ => $"More than {Figure.Of(_advice.Enough ?? next)} do not help: {Limit(ceiling)}",
        };
        string faster = $"{Figure.Of(next)} would be about {Figure.Of(Math.Round(gain, 1))} times as fast, if the {(_advice.BoundBy is BoundBy.Database ? "database" : "upstream")} keeps up. {limit}.";
        return _run.HasOneSlot
            ? $"{_run.StrategyName} has one slot whatever is configured. Async with a degree of parallelism of {faster}"
            : $"{Slots("keeps", "keep")} {Figure.Of(_run.BusyCores)} of {Quantity.Cores(_run.UsableCores)} busy. {faster}";
    }

    private static string Limit(Ceiling ceiling) => ceiling.Limit switch
    {
        BoundBy.Cpu => ceiling.Amount == 1 ? "one core is the limit" : $"the {Quantity.Cores(ceiling.Amount)} are the limit",
        BoundBy.RateLimit => "the rate limit (Upstream:RequestsPerSecond) is the limit",
        BoundBy.Database => $"the {Figure.Of(ceiling.Amount)} commits that may be waited for at once are the limit",
        _ => "nothing measured is the limit",
    };

    private string Upstream() => (_run.Times.Fetch > TimeSpan.Zero, _run.Times.Delay > TimeSpan.Zero) switch
    {
        (true, true) => "the upstream and Ingestion:Delay",
        (false, true) => "Ingestion:Delay",
        _ => "the upstream",
    };

    private string Parts()
    {
        StageTimes times = _run.InSlot;
        (string What, TimeSpan Time)[] parts = [("at the gate", times.Gate), ("for the upstream", times.Fetch + times.Delay), ("computing", times.Transform), ("for the commit", times.Persist)];
        return string.Join(", ", parts.Where(part => part.Time > TimeSpan.Zero).Select(part => $"{PerUnit(part.Time)} {part.What}"));
    }

    private string Held(TimeSpan part) => $"{An} holds its slot for {PerUnit(_run.InSlot.Total)} and spends {PerUnit(part)} of that";

    private string PerUnit(TimeSpan time) => Figure.Of(time / _run.Units);

    private string Slots(string one, string many) => $"{Figure.Of(_run.Slots)} {(_run.Slots == 1 ? $"slot {one}" : $"slots {many}")}";

    private static string Percent(double share) => $"{Figure.Of(100 * share)} %";
}
