using Ingestion.Runs;
using Ingestion.Runs.Advice;

namespace Ingestion.Tests.Runs.Advice;

/// <summary>
/// Advice on simulated runs. What would have made each faster is known, for it can be simulated: half the work for whatever may hold a run up, or other degrees of
/// parallelism. What the advice says must be so, or it must not say it.
/// </summary>
public sealed class TimelineTests
{
    /// <summary>The least that a run gains when what it is bound by costs half, and the most it gains from all the rest where nothing else helps.</summary>
    private const double LeastGain = 1.2;

    /// <summary>The share of the best of a sweep that a suggested degree has to reach.</summary>
    private const double OfTheBest = 0.9;

    private const int Rounds = 40;

    public static TheoryData<string> Names => [.. Timelines.All.Keys];

    [Theory, MemberData(nameof(Names))]
    public void What_the_advice_says_is_so(string timeline)
    {
        (Work work, BoundBy bound, bool suggests) = Timelines.All[timeline];
        SimulatedRun run = SimulatedRun.Of(work);

        RunAdvice advice = Advisor.Advise(run.Measure());

        TestContext.Current.TestOutputHelper?.WriteLine($"{advice.Figures.Items} items, {run.Elapsed} ms: {advice.BoundBy} {advice.Change}, {advice.SuggestedDegree} {advice.WhySilent} {advice.Next} {advice.Ceiling}");
        Assert.Equal(bound, advice.BoundBy);
        Assert.Equal(work.Away is not null && bound == BoundBy.Unknown, advice.WhySilent == Silence.DatabaseAway);
        Assert.Equal(suggests, advice.SuggestedDegree is not null);
        if (work.StopAfter is not null)
            return;

        AssertBound(work, advice.BoundBy);
        if (advice.SuggestedDegree is { } degree)
            AssertBest(work, advice, degree);
        AssertWords(work, advice);
    }

    [Fact]
    public void A_part_of_a_steady_run_says_what_the_whole_does()
    {
        RunMeasurements whole = SimulatedRun.Of(new Work { Items = 6_000 }).Measure();
        RunMeasurements part = whole.Of([.. whole.Samples.Skip(100).Take(100)]);

        Assert.Equal(BoundBy.Upstream, Advisor.AdviseOnWindow(part)?.BoundBy);
        Assert.InRange(Advisor.Advise(part).SuggestedDegree ?? 0, 600, 740);
    }

    /// <summary>Half of what the run is bound by makes it faster; or nothing else does.</summary>
    private static void AssertBound(Work work, BoundBy bound)
    {
        if (bound == BoundBy.Unknown)
            return;

        double least = Gain(work, Relieve(work, bound));
        Work others = Enum.GetValues<BoundBy>().Where(other => other != bound).Aggregate(work, Relieve);
        double rest = Gain(work, others);
        TestContext.Current.TestOutputHelper?.WriteLine($"half of that: {least:0.00} times as fast; half of all else: {rest:0.00}");
        Assert.True(least >= LeastGain || rest < LeastGain, $"{bound} is not what it is: half of it makes the run {least:0.00} times as fast, half of all else {rest:0.00} times");
    }

    private static Work Relieve(Work work, BoundBy bound) => bound switch
    {
        BoundBy.Upstream => work with
        {
            Fetch = work.Fetch / 2,
            Delay = work.Delay / 2,
            StartUp = work.StartUp / 2,
            Extra = id => work.Extra(id) / 2,
            Capacity = work.Capacity > int.MaxValue / 2 ? int.MaxValue : work.Capacity * 2,
        },
        BoundBy.Database => work with { Persist = work.Persist / 2, PersistOfRow = work.PersistOfRow / 2, Burst = work.Burst is { } burst ? burst with { For = burst.For / 2, Extra = burst.Extra / 2 } : null },
        BoundBy.Cpu => work with { Cpu = work.Cpu / 2, CpuOfRequest = work.CpuOfRequest / 2 },
        BoundBy.Input => work with { Source = work.Source * 2 },
        BoundBy.RateLimit => work with { Rate = work.Rate * 2, Closed = null, Quota = null },
        BoundBy.Retries => work with { Fails = (_, _) => false, Refuses = int.MaxValue },
        BoundBy.Concurrency => work with { Degree = work.Degree * 2, LimitFound = work.LimitFound * 2 },
        _ => work,
    };

    /// <summary>No degree of a sweep does much better, over more of the same work: some rounds of all the slots.</summary>
    private static void AssertBest(Work work, RunAdvice advice, int degree)
    {
        if (advice.Ceiling?.Limit != BoundBy.Input)
            work = work with { Items = Math.Max(work.Items * 3, work.IdsPerRequest * Rounds * degree) };
        int[] degrees = [16, 64, 256, 1_024];
        double[] sweep = [.. degrees.Select(other => Took(work with { Degree = other }))];
        double share = sweep.Min() / Took(work with { Degree = degree });
        TestContext.Current.TestOutputHelper?.WriteLine($"{degree} does {share:P0} of the best, which takes {degrees[Array.FindIndex(sweep, took => took <= sweep.Min() / 0.95)]}");
        Assert.InRange(share, OfTheBest, double.MaxValue);
    }

    /// <summary>The advice is made on the condition that the upstream and the database keep up.</summary>
    private static void AssertWords(Work work, RunAdvice advice)
    {
        Work able = work with { Capacity = int.MaxValue, Refuses = int.MaxValue, Quota = null, PersistOfRow = 0, Strategy = work.Strategy == "Sequential" ? "Async" : work.Strategy };
        Work before = able with { Degree = work.Strategy == "Sequential" ? 1 : work.Degree };
        if (advice.Next is var (slots, gain))
            Assert.InRange(Gain(before, able with { Degree = slots }), gain * 0.75, gain * 1.35);
        if (advice is { BoundBy: BoundBy.Input, WhySilent: Silence.NotTheSlots })
            Assert.InRange(Gain(work, work with { Source = null }), LeastGain, double.MaxValue);
        bool isEnough = (advice.SuggestedDegree ?? advice.Enough) is not null && advice.Next is null;
        if (isEnough || advice is { WhySilent: Silence.AllAtOnce } or { BoundBy: BoundBy.Input, WhySilent: Silence.NotTheSlots })
        {
            int enough = Math.Max(advice.Enough ?? 0, advice.Figures.Slots);
            Assert.InRange(Gain(able with { Degree = enough }, able with { Degree = enough * 4 }), 0, LeastGain);
        }
    }

    private static double Gain(Work work, Work other) => Took(work) / Took(other);

    /// <summary>What an earlier process did is not this run's.</summary>
    private static double Took(Work work) => SimulatedRun.Of(work).Elapsed - (work.Skips ?? 0);
}
