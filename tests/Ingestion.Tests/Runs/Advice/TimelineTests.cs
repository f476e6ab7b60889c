using System.Globalization;
using System.Text.RegularExpressions;
using Ingestion.Runs;
using Ingestion.Runs.Advice;

namespace Ingestion.Tests.Runs.Advice;

/// <summary>
/// Advice on simulated runs. What would have made each faster is known, for it can be simulated: half the work for whatever may hold a run up, or more slots. What
/// the advice says must be so, or it must not say it.
/// </summary>
public sealed class TimelineTests
{
    /// <summary>The least that a run gains when what it is bound by costs half.</summary>
    private const double LeastGain = 1.2;

    private static readonly Dictionary<string, (Work Work, BoundBy Bound)> Timelines = new(StringComparer.Ordinal)
    {
        // Nothing special: one thing holds the run up, for as long as it takes.
        ["answers take long"] = (new(), BoundBy.Upstream),
        ["a delay is configured"] = (new() { Delay = 500, Fetch = 5, Items = 200 }, BoundBy.Upstream),
        ["commits take long"] = (new() { Fetch = 5, Persist = 40 }, BoundBy.Database),
        ["items compute, in many slots"] = (new() { Fetch = 5, Cpu = 20, Items = 400 }, BoundBy.Cpu),
        ["items compute, in two slots"] = (new() { Degree = 2, Fetch = 2, Cpu = 20, Items = 400, Persist = 1 }, BoundBy.Cpu),
        ["items compute on eight cores"] = (new() { Fetch = 20, Cpu = 30, Items = 1_000, Cores = 8, Degree = 24 }, BoundBy.Cpu),
        ["two slots, of everything something"] = (new() { Degree = 2, Fetch = 12, Cpu = 8, Persist = 10, Items = 300 }, BoundBy.Concurrency),
        ["a rate limit"] = (new() { Rate = 50, Items = 300 }, BoundBy.RateLimit),
        ["a slow source"] = (new() { Source = 50, Items = 400 }, BoundBy.Input),
        ["a source that is a little too slow"] = (new() { Source = 200, Items = 1_000 }, BoundBy.Input),
        ["a source as fast as the slots"] = (new() { Source = 295, Items = 1_500 }, BoundBy.Unknown),
        ["an upstream with a capacity"] = (new() { Capacity = 8, Items = 1_000 }, BoundBy.Upstream),
        ["no cap, a slow source"] = (new() { Degree = 0, Source = 60, Items = 600 }, BoundBy.Input),
        ["no cap, all at once"] = (new() { Degree = 0, Fetch = 2_500, Items = 600 }, BoundBy.Upstream),

        // Tails.
        ["one item reset five times"] = (new() { Items = 500, Fetch = 25, Fails = (id, attempt) => id == 250 && attempt < 5, BackOff = 150 }, BoundBy.Retries),
        ["one item reset four times, in a long run"] = (new() { Items = 6_000, Fails = (id, attempt) => id == 5_900 && attempt < 4 }, BoundBy.Upstream),
        ["one item reset at the end of a run of some length"] = (new() { Items = 1_500, Fails = (id, attempt) => id == 1_400 && attempt < 5, BackOff = 150 }, BoundBy.Upstream),
        ["three items reset"] = (new() { Items = 400, Fetch = 25, Fails = (id, attempt) => id % 100 == 7 && id > 100 && attempt < 5, BackOff = 300 }, BoundBy.Retries),
        ["one item that is never answered"] = (new() { Items = 500, Fails = (id, _) => id == 400, BackOff = 300 }, BoundBy.Retries),
        ["one answer that takes 20 s"] = (new() { Items = 1_000, Extra = id => id == 900 ? 20_000 : 0 }, BoundBy.Upstream),
        ["one answer that takes 3 s, in a long run"] = (new() { Items = 6_000, Extra = id => id == 5_900 ? 3_000 : 0 }, BoundBy.Upstream),
        ["a slow item first, the others meanwhile"] = (new() { Items = 1_000, Extra = id => id == 1 ? 10_000 : 0 }, BoundBy.Upstream),
        ["a retry while the cores are busy"] = (new() { Items = 400, Fetch = 5, Cpu = 20, Fails = (id, attempt) => id == 390 && attempt < 4, BackOff = 150 }, BoundBy.Cpu),
        ["a retry after the rate limit"] = (new() { Items = 300, Rate = 60, Fails = (id, attempt) => id == 290 && attempt < 4, BackOff = 150 }, BoundBy.RateLimit),
        ["a retry in a pipeline"] = (new() { Strategy = "Pipeline", Items = 500, Fetch = 25, Fails = (id, attempt) => id == 250 && attempt < 5, BackOff = 150 }, BoundBy.Retries),
        ["a retry, one item at a time"] = (new() { Strategy = "Sequential", Items = 100, Fetch = 10, Fails = (id, attempt) => id == 99 && attempt < 5, BackOff = 300 }, BoundBy.Retries),

        // Short runs.
        ["20 items in 0.2 s"] = (new() { Items = 20, Fetch = 10, StartUp = 80 }, BoundBy.Upstream),
        ["826 items in 0.6 s"] = (new() { Items = 826, Fetch = 2, Persist = 8, Cpu = 0.1 }, BoundBy.Database),
        ["10 items at once"] = (new() { Items = 10, Degree = 64, Delay = 2_000 }, BoundBy.Upstream),
        ["10 items at once, quickly"] = (new() { Items = 10, Degree = 64 }, BoundBy.Upstream),
        ["20 items in 16 slots"] = (new() { Items = 20, Delay = 2_000 }, BoundBy.Upstream),
        ["50 items in 5 slots, for long"] = (new() { Strategy = "ThreadPool", Degree = 5, Items = 50, Delay = 2_000, Fetch = 10 }, BoundBy.Upstream),
        ["40 items that compute"] = (new() { Items = 40, Fetch = 10, Cpu = 110 }, BoundBy.Cpu),
        ["30 items that compute, for a second"] = (new() { Items = 30, Fetch = 10, Cpu = 60 }, BoundBy.Unknown),
        ["a slow source for a second"] = (new() { Items = 40, Source = 40, Fetch = 20 }, BoundBy.Unknown),
        ["as many items as slots, over and over too short"] = (new() { Items = 120, Degree = 64, Fetch = 700 }, BoundBy.Upstream),

        // Resumed: a few items are left of many.
        ["3 items were left"] = (new() { Items = 3, Fetch = 2_500 }, BoundBy.Upstream),
        ["130 items were left"] = (new() { Items = 130, Fetch = 400 }, BoundBy.Upstream),

        // Stopped before the end.
        ["stopped, and a slow item in flight"] = (new() { Items = 5_000, StopAfter = 3_000, Extra = id => id == 920 ? 20_000 : 0 }, BoundBy.Upstream),
        ["stopped while it computed"] = (new() { Items = 5_000, StopAfter = 4_000, Fetch = 5, Cpu = 20 }, BoundBy.Cpu),
        ["stopped before an item ended"] = (new() { StopAfter = 3_000, Fails = (_, _) => true, BackOff = 4_000, Items = 100 }, BoundBy.Unknown),

        // Failing.
        ["every attempt fails"] = (new() { Items = 300, Fails = (_, _) => true, Fetch = 20, BackOff = 400 }, BoundBy.Retries),
        ["every attempt fails, of many items"] = (new() { Items = 5_000, Fails = (_, _) => true, Fetch = 10, BackOff = 600 }, BoundBy.Retries),
        ["every attempt fails, of many items, and is put off for long"] = (new() { Items = 5_000, Fails = (_, _) => true, Fetch = 5, BackOff = 4_000 }, BoundBy.Retries),
        ["half of the first attempts fail"] = (new() { Items = 1_000, Fails = (id, attempt) => id % 2 == 0 && attempt == 1 }, BoundBy.Upstream),
        ["a tenth fails once"] = (new() { Items = 2_000, Fails = (id, attempt) => id % 10 == 0 && attempt == 1 }, BoundBy.Upstream),
        ["the gate is closed for most of the time"] = (new() { Items = 400, Closed = (500, 9_000) }, BoundBy.RateLimit),
        ["the gate is closed for a moment"] = (new() { Items = 2_000, Closed = (500, 900) }, BoundBy.Upstream),
        ["the gate is closed while a rate is configured"] = (new() { Items = 400, Rate = 200, Closed = (500, 9_000) }, BoundBy.RateLimit),

        // The database is away: items wait for their commit, and that says nothing.
        ["the database is away for most of the time"] = (new() { Away = (2_000, 12_000) }, BoundBy.Unknown),
        ["the database is away for a tenth of the time"] = (new() { Away = (2_000, 2_800) }, BoundBy.Unknown),
        ["the database is away for a moment"] = (new() { Away = (2_000, 2_200) }, BoundBy.Upstream),
        ["the database is away while commits take long"] = (new() { Fetch = 5, Persist = 40, Away = (2_000, 12_000) }, BoundBy.Unknown),
        ["the database is away for a moment while commits take long"] = (new() { Fetch = 5, Persist = 40, Away = (2_000, 2_200) }, BoundBy.Database),
        ["the database is away, and the source is slow"] = (new() { Source = 50, Items = 400, Away = (2_000, 5_000) }, BoundBy.Unknown),
        ["the database is away while a rate is configured"] = (new() { Rate = 100, Items = 600, Away = (2_000, 12_000) }, BoundBy.Unknown),
        ["the database is away at the end"] = (new() { Items = 1_000, Away = (3_000, 13_000) }, BoundBy.Unknown),
        ["the database is away, one at a time"] = (new() { Strategy = "Sequential", Items = 150, Away = (2_000, 12_000) }, BoundBy.Unknown),
        ["the database is away, in a pipeline"] = (new() { Strategy = "Pipeline", Away = (2_000, 12_000) }, BoundBy.Unknown),
        ["the database is away, and it was stopped then"] = (new() { Items = 5_000, StopAfter = 2_100, Away = (2_000, 12_000) }, BoundBy.Unknown),

        // Several IDs with one request.
        ["20 with a request"] = (new() { IdsPerRequest = 20, Items = 12_000, Fetch = 100, Degree = 8 }, BoundBy.Upstream),
        ["20 with a request, under a rate limit"] = (new() { IdsPerRequest = 20, Items = 2_000, Rate = 20, Fetch = 100 }, BoundBy.RateLimit),
        ["20 with a request, and they compute"] = (new() { IdsPerRequest = 20, Items = 2_000, Fetch = 100, Cpu = 5 }, BoundBy.Cpu),
        ["20 with a request, through a pipeline"] = (new() { Strategy = "Pipeline", IdsPerRequest = 20, Items = 8_000, Fetch = 200, Degree = 4, Persist = 20 }, BoundBy.Upstream),
        ["60 in three requests"] = (new() { IdsPerRequest = 20, Items = 60, Fetch = 2_500 }, BoundBy.Upstream),
        ["100 with a request, commits take long"] = (new() { IdsPerRequest = 100, Items = 40_000, Fetch = 20, Persist = 100, Cpu = 0.02, Degree = 8 }, BoundBy.Database),
        ["20 with a request, a rate above what the slots do"] = (new() { IdsPerRequest = 20, Items = 4_000, Rate = 30, Fetch = 200, Degree = 4 }, BoundBy.Upstream),

        // Other strategies.
        ["an event loop that computes"] = (new() { Strategy = "EventLoop", Fetch = 50, Cpu = 10, Items = 400 }, BoundBy.Cpu),
        ["one at a time"] = (new() { Strategy = "Sequential", Items = 150 }, BoundBy.Upstream),
        ["one at a time, computing"] = (new() { Strategy = "Sequential", Items = 200, Fetch = 1, Cpu = 40, Persist = 1 }, BoundBy.Cpu),
        ["a pipeline that waits for answers"] = (new() { Strategy = "Pipeline", Cpu = 0.5 }, BoundBy.Upstream),
        ["a pipeline that computes"] = (new() { Strategy = "Pipeline", Fetch = 20, Cpu = 15, Items = 600 }, BoundBy.Cpu),
        ["a pipeline whose commits take long"] = (new() { Strategy = "Pipeline", Fetch = 5, Cpu = 0.1, Persist = 1_000, Items = 4_000, Degree = 32 }, BoundBy.Database),
        ["Adaptive, at the upstream's limit"] = (new() { Strategy = "Adaptive", Degree = 64, LimitFound = 12, Capacity = 12 }, BoundBy.Upstream),
        ["Adaptive, computing"] = (new() { Strategy = "Adaptive", Degree = 64, LimitFound = 30, Fetch = 20, Cpu = 15, Items = 600 }, BoundBy.Cpu),
        ["Adaptive, with a slow source"] = (new() { Strategy = "Adaptive", Degree = 64, LimitFound = 30, Source = 50, Items = 400 }, BoundBy.Input),
        ["Adaptive, under a rate limit"] = (new() { Strategy = "Adaptive", Degree = 64, LimitFound = 30, Rate = 60, Items = 400 }, BoundBy.RateLimit),
        ["Adaptive, with a retry at the end"] = (new() { Strategy = "Adaptive", Degree = 64, LimitFound = 16, Items = 500, Fetch = 25, Fails = (id, attempt) => id == 250 && attempt < 5, BackOff = 150 }, BoundBy.Retries),
    };

    public static TheoryData<string> Names => [.. Timelines.Keys];

    [Theory, MemberData(nameof(Names))]
    public void What_the_advice_says_is_so(string timeline)
    {
        (Work work, BoundBy bound) = Timelines[timeline];
        SimulatedRun run = SimulatedRun.Of(work);

        RunAdvice advice = Advisor.Advise(run.Measure());

        string text = string.Join('\n', advice.Sentences);
        TestContext.Current.TestOutputHelper?.WriteLine($"{run.Ended} items, {run.Elapsed} ms: {advice.BoundBy}, {advice.SuggestedDegree}\n{text}");
        Assert.Equal(bound, advice.BoundBy);
        Assert.Equal(work.Away is not null && bound == BoundBy.Unknown, text.StartsWith("The database was away for ", StringComparison.Ordinal));
        if (work.StopAfter is not null)
            return;

        AssertBound(work, run, advice.BoundBy);
        AssertSlots(work, run, advice, text);
    }

    /// <summary>Half of what the run is bound by would have made it faster.</summary>
    private static void AssertBound(Work work, SimulatedRun run, BoundBy bound)
    {
        Work? relieved = bound switch
        {
            BoundBy.Upstream => work with { Fetch = work.Fetch / 2, Delay = work.Delay / 2, StartUp = work.StartUp / 2, Extra = id => work.Extra(id) / 2, Capacity = work.Capacity == int.MaxValue ? int.MaxValue : work.Capacity * 2 },
            BoundBy.Database => work with { Persist = work.Persist / 2 },
            BoundBy.Cpu => work with { Cpu = work.Cpu / 2 },
            BoundBy.Input => work with { Source = work.Source * 2 },
            BoundBy.RateLimit => work with { Rate = work.Rate * 2, Closed = null },
            BoundBy.Retries => work with { Fails = (_, _) => false },
            BoundBy.Concurrency => work with { Degree = work.Degree * 2 },
            _ => null,
        };
        if (relieved is not null)
            Assert.InRange(run.Elapsed / SimulatedRun.Of(relieved).Elapsed, LeastGain, double.MaxValue);
    }

    private static void AssertSlots(Work work, SimulatedRun run, RunAdvice advice, string text)
    {
        int slots = run.Measure().Slots;
        Work steady = work with { Fails = (_, _) => false, Extra = _ => 0, StartUp = 0, Capacity = int.MaxValue };
        Work free = steady with { Strategy = work.Strategy == "Sequential" ? "Async" : work.Strategy };
        double before = SimulatedRun.Of(steady).Elapsed;
        double With(int degree) => before / SimulatedRun.Of(free with { Degree = degree }).Elapsed;
        if (Regex.Match(text, @"(?<slots>[\d,]+) would be about (?<times>[\d.]+) times as fast", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)) is { Success: true } faster)
        {
            double promised = double.Parse(faster.Groups["times"].Value, CultureInfo.InvariantCulture);
            Assert.InRange(With(int.Parse(faster.Groups["slots"].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture)), promised * 0.75, promised * 1.35);
        }

        if (text.Contains("do not help", StringComparison.Ordinal) && !text.Contains("would be", StringComparison.Ordinal) && !text.Contains("See to that first", StringComparison.Ordinal))
            Assert.InRange(With(slots * 4), 0, LeastGain);
        if (text.Contains("are enough", StringComparison.Ordinal) || text.Contains("about right", StringComparison.Ordinal))
            Assert.InRange(With(Math.Max(work.Degree, slots) * 4), 0, LeastGain);
        if (advice.SuggestedDegree is { } suggested)
            Assert.InRange(With(suggested), new[] { 1, 2, 4, 8 }.Max(factor => With(slots * factor)) * 0.85, double.MaxValue);
        if (text.Contains("A faster source helps", StringComparison.Ordinal))
            Assert.InRange(run.Elapsed / SimulatedRun.Of(work with { Source = null }).Elapsed, LeastGain, double.MaxValue);
    }
}
