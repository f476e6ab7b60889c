using Ingestion.Runs;

namespace Ingestion.Tests.Runs.Advice;

/// <summary>Shapes of work, what each is bound by, and whether its run has to suggest a degree of parallelism: where it leaves no doubt it may not be silent.</summary>
internal static class Timelines
{
    public static readonly IReadOnlyDictionary<string, (Work Work, BoundBy Bound, bool Suggests)> All = new Dictionary<string, (Work Work, BoundBy Bound, bool Suggests)>(StringComparer.Ordinal)
    {
        // Nothing special: one thing holds the run up, for as long as it takes.
        ["answers take long"] = (new(), BoundBy.Upstream, true),
        ["a delay is configured"] = (new() { Delay = 500, Fetch = 5, Items = 200 }, BoundBy.Upstream, true),
        ["commits take long"] = (new() { Fetch = 5, Persist = 40 }, BoundBy.Database, true),
        ["items compute, in many slots"] = (new() { Fetch = 5, Cpu = 20, Items = 400 }, BoundBy.Cpu, true),
        ["items compute, in two slots"] = (new() { Degree = 2, Fetch = 2, Cpu = 20, Items = 400, Persist = 1 }, BoundBy.Cpu, true),
        ["items compute on eight cores"] = (new() { Fetch = 20, Cpu = 30, Items = 1_000, Cores = 8, Degree = 24 }, BoundBy.Cpu, true),
        ["two slots, of everything something"] = (new() { Degree = 2, Fetch = 12, Cpu = 8, Persist = 10, Items = 300 }, BoundBy.Concurrency, true),
        ["a rate limit"] = (new() { Rate = 50, Items = 300 }, BoundBy.RateLimit, true),
        ["a slow source"] = (new() { Source = 50, Items = 400 }, BoundBy.Input, false),
        ["a source that is a little too slow"] = (new() { Source = 200, Items = 1_000 }, BoundBy.Input, false),
        ["a source as fast as the slots"] = (new() { Source = 295, Items = 1_500 }, BoundBy.Unknown, false),
        ["an upstream with a capacity"] = (new() { Capacity = 8, Items = 1_000 }, BoundBy.Upstream, true),
        ["no cap, a slow source"] = (new() { Degree = 0, Source = 60, Items = 600 }, BoundBy.Input, false),
        ["no cap, all at once"] = (new() { Degree = 0, Fetch = 2_500, Items = 600 }, BoundBy.Upstream, false),

        // Tails.
        ["one item reset five times"] = (new() { Items = 500, Fetch = 25, Fails = (id, attempt) => id == 250 && attempt < 5, BackOff = 150 }, BoundBy.Retries, false),
        ["one item reset four times, in a long run"] = (new() { Items = 6_000, Fails = (id, attempt) => id == 5_900 && attempt < 4 }, BoundBy.Upstream, true),
        ["one item reset at the end of a run of some length"] = (new() { Items = 1_500, Fails = (id, attempt) => id == 1_400 && attempt < 5, BackOff = 150 }, BoundBy.Upstream, false),
        ["three items reset"] = (new() { Items = 400, Fetch = 25, Fails = (id, attempt) => id % 100 == 7 && id > 100 && attempt < 5, BackOff = 300 }, BoundBy.Retries, false),
        ["one item that is never answered"] = (new() { Items = 500, Fails = (id, _) => id == 400, BackOff = 300 }, BoundBy.Retries, false),
        ["one answer that takes 20 s"] = (new() { Items = 1_000, Extra = id => id == 900 ? 20_000 : 0 }, BoundBy.Upstream, false),
        ["one answer that takes 3 s, in a long run"] = (new() { Items = 6_000, Extra = id => id == 5_900 ? 3_000 : 0 }, BoundBy.Upstream, true),
        ["a slow item first, the others meanwhile"] = (new() { Items = 1_000, Extra = id => id == 1 ? 10_000 : 0 }, BoundBy.Upstream, false),
        ["a retry while the cores are busy"] = (new() { Items = 400, Fetch = 5, Cpu = 20, Fails = (id, attempt) => id == 390 && attempt < 4, BackOff = 150 }, BoundBy.Cpu, true),
        ["a retry after the rate limit"] = (new() { Items = 300, Rate = 60, Fails = (id, attempt) => id == 290 && attempt < 4, BackOff = 150 }, BoundBy.RateLimit, true),
        ["a retry in a pipeline"] = (new() { Strategy = "Pipeline", Items = 500, Fetch = 25, Fails = (id, attempt) => id == 250 && attempt < 5, BackOff = 150 }, BoundBy.Retries, false),
        ["a retry, one item at a time"] = (new() { Strategy = "Sequential", Items = 100, Fetch = 10, Fails = (id, attempt) => id == 99 && attempt < 5, BackOff = 300 }, BoundBy.Retries, false),
        ["one answer in fifty takes 20 times as long"] = (new() { Extra = Tail }, BoundBy.Upstream, true),
        ["one answer in fifty takes 20 times as long, in four slots"] = (new() { Extra = Tail, Degree = 4, Items = 1_000 }, BoundBy.Upstream, true),
        ["one answer in fifty takes 20 times as long, under a rate limit"] = (new() { Extra = Tail, Rate = 100, Items = 800 }, BoundBy.RateLimit, true),
        ["one answer in fifty takes 20 times as long, of many that compute"] = (new() { Extra = Tail, Fetch = 5, Cpu = 20, Items = 500 }, BoundBy.Cpu, true),
        ["one answer in fifty takes 20 times as long, in a pipeline"] = (new() { Strategy = "Pipeline", Extra = Tail, Items = 3_000 }, BoundBy.Upstream, true),
        ["one answer in fifty takes 20 times as long, and ten share a request"] = (new() { Extra = Tail, IdsPerRequest = 10, Items = 10_000, Degree = 8 }, BoundBy.Upstream, true),
        ["one answer in fifty takes 20 times as long, and the limit adapts"] = (new() { Strategy = "Adaptive", Degree = 64, LimitFound = 16, Capacity = 16, Extra = Tail }, BoundBy.Upstream, false),

        // Short runs.
        ["20 items in 0.2 s"] = (new() { Items = 20, Fetch = 10, StartUp = 80 }, BoundBy.Upstream, false),
        ["826 items in 0.6 s"] = (new() { Items = 826, Fetch = 2, Persist = 8, Cpu = 0.1 }, BoundBy.Database, false),
        ["10 items at once"] = (new() { Items = 10, Degree = 64, Delay = 2_000 }, BoundBy.Upstream, false),
        ["10 items at once, quickly"] = (new() { Items = 10, Degree = 64 }, BoundBy.Upstream, false),
        ["20 items in 16 slots"] = (new() { Items = 20, Delay = 2_000 }, BoundBy.Upstream, false),
        ["50 items in 5 slots, for long"] = (new() { Strategy = "ThreadPool", Degree = 5, Items = 50, Delay = 2_000, Fetch = 10 }, BoundBy.Upstream, false),
        ["40 items that compute"] = (new() { Items = 40, Fetch = 10, Cpu = 110 }, BoundBy.Cpu, false),
        ["30 items that compute, for a second"] = (new() { Items = 30, Fetch = 10, Cpu = 60 }, BoundBy.Unknown, false),
        ["a slow source for a second"] = (new() { Items = 40, Source = 40, Fetch = 20 }, BoundBy.Unknown, false),
        ["as many items as slots, over and over too short"] = (new() { Items = 120, Degree = 64, Fetch = 700 }, BoundBy.Upstream, false),
        ["120 items in two seconds"] = (new() { Items = 120, Degree = 2, Fetch = 40 }, BoundBy.Upstream, true),
        ["three items for each slot"] = (new() { Items = 192, Degree = 64, Fetch = 900 }, BoundBy.Upstream, true),
        ["a few items for each slot, computing"] = (new() { Items = 128, Degree = 32, Fetch = 50, Cpu = 60 }, BoundBy.Cpu, true),

        // Resumed: a few items are left of many.
        ["3 items were left"] = (new() { Items = 3, Fetch = 2_500 }, BoundBy.Upstream, false),
        ["130 items were left"] = (new() { Items = 130, Fetch = 400 }, BoundBy.Upstream, true),
        ["most were done before, and the source takes its time to come to the others"] = (new() { Skips = 20_000, Items = 1_000 }, BoundBy.Upstream, true),
        ["most were done before, and the others compute"] = (new() { Skips = 6_000, Items = 300, Fetch = 5, Cpu = 20 }, BoundBy.Cpu, true),
        ["most were done before, and the others come slowly"] = (new() { Skips = 6_000, Source = 50, Items = 400 }, BoundBy.Input, false),
        ["most were done before, and it was stopped with all slots full"] = (new() { Skips = 1_000, Fetch = 3_000, Items = 500, StopAfter = 2_000 }, BoundBy.Upstream, false),

        // Stopped before the end.
        ["stopped, and a slow item in flight"] = (new() { Items = 5_000, StopAfter = 3_000, Extra = id => id == 920 ? 20_000 : 0 }, BoundBy.Upstream, true),
        ["stopped while it computed"] = (new() { Items = 5_000, StopAfter = 4_000, Fetch = 5, Cpu = 20 }, BoundBy.Cpu, true),
        ["stopped before an item ended"] = (new() { StopAfter = 3_000, Fails = (_, _) => true, BackOff = 4_000, Items = 100 }, BoundBy.Unknown, false),

        // Failing.
        ["every attempt fails"] = (new() { Items = 300, Fails = (_, _) => true, Fetch = 20, BackOff = 400 }, BoundBy.Retries, false),
        ["every attempt fails, of many items"] = (new() { Items = 5_000, Fails = (_, _) => true, Fetch = 10, BackOff = 600 }, BoundBy.Retries, false),
        ["every attempt fails, of many items, and is put off for long"] = (new() { Items = 5_000, Fails = (_, _) => true, Fetch = 5, BackOff = 4_000 }, BoundBy.Retries, false),
        ["half of the first attempts fail"] = (new() { Items = 1_000, Fails = (id, attempt) => id % 2 == 0 && attempt == 1 }, BoundBy.Upstream, false),
        ["a tenth fails once"] = (new() { Items = 2_000, Fails = (id, attempt) => id % 10 == 0 && attempt == 1 }, BoundBy.Upstream, false),
        ["the gate is closed for most of the time"] = (new() { Items = 400, Closed = (500, 9_000) }, BoundBy.RateLimit, false),
        ["the gate is closed for a moment"] = (new() { Items = 2_000, Closed = (500, 900) }, BoundBy.Upstream, true),
        ["the gate is closed while a rate is configured"] = (new() { Items = 400, Rate = 200, Closed = (500, 9_000) }, BoundBy.RateLimit, false),
        ["one item in a hundred fails once"] = (new() { Fails = (id, attempt) => id % 100 == 0 && attempt == 1 }, BoundBy.Upstream, true),
        ["a third fails for good"] = (new() { Fails = (id, _) => id % 3 == 0, MaxAttempts = 1 }, BoundBy.Upstream, false),
        ["one in twelve fails for good"] = (new() { Fails = (id, _) => id % 12 == 0, MaxAttempts = 1 }, BoundBy.Upstream, true),
        ["an upstream that refuses a few"] = (new() { Refuses = 15 }, BoundBy.Upstream, false),
        ["an upstream that refuses many"] = (new() { Refuses = 8, BackOff = 20, MaxAttempts = 10, Items = 1_000 }, BoundBy.Retries, false),
        ["every attempt fails in the second half"] = (new() { Fails = (id, _) => id > 1_000, BackOff = 50 }, BoundBy.Retries, false),

        // The database is away: items wait for their commit, and that says nothing.
        ["the database is away for most of the time"] = (new() { Away = (2_000, 12_000) }, BoundBy.Unknown, false),
        ["the database is away for a tenth of the time"] = (new() { Away = (2_000, 2_800) }, BoundBy.Unknown, false),
        ["the database is away for a moment"] = (new() { Away = (2_000, 2_200) }, BoundBy.Upstream, true),
        ["the database is away while commits take long"] = (new() { Fetch = 5, Persist = 40, Away = (2_000, 12_000) }, BoundBy.Unknown, false),
        ["the database is away for a moment while commits take long"] = (new() { Fetch = 5, Persist = 40, Away = (2_000, 2_200) }, BoundBy.Database, true),
        ["the database is away, and the source is slow"] = (new() { Source = 50, Items = 400, Away = (2_000, 5_000) }, BoundBy.Unknown, false),
        ["the database is away while a rate is configured"] = (new() { Rate = 100, Items = 600, Away = (2_000, 12_000) }, BoundBy.Unknown, false),
        ["the database is away at the end"] = (new() { Items = 1_000, Away = (3_000, 13_000) }, BoundBy.Unknown, false),
        ["the database is away, one at a time"] = (new() { Strategy = "Sequential", Items = 150, Away = (2_000, 12_000) }, BoundBy.Unknown, false),
        ["the database is away, in a pipeline"] = (new() { Strategy = "Pipeline", Away = (2_000, 12_000) }, BoundBy.Unknown, false),
        ["the database is away, and it was stopped then"] = (new() { Items = 5_000, StopAfter = 2_100, Away = (2_000, 12_000) }, BoundBy.Unknown, false),

        // Several IDs with one request.
        ["20 with a request"] = (new() { IdsPerRequest = 20, Items = 12_000, Fetch = 100, Degree = 8 }, BoundBy.Upstream, true),
        ["20 with a request, under a rate limit"] = (new() { IdsPerRequest = 20, Items = 2_000, Rate = 20, Fetch = 100 }, BoundBy.RateLimit, true),
        ["20 with a request, and they compute"] = (new() { IdsPerRequest = 20, Items = 2_000, Fetch = 100, Cpu = 5 }, BoundBy.Cpu, true),
        ["20 with a request, through a pipeline"] = (new() { Strategy = "Pipeline", IdsPerRequest = 20, Items = 8_000, Fetch = 200, Degree = 4, Persist = 20 }, BoundBy.Upstream, true),
        ["60 in three requests"] = (new() { IdsPerRequest = 20, Items = 60, Fetch = 2_500 }, BoundBy.Upstream, false),
        ["100 with a request, commits take long"] = (new() { IdsPerRequest = 100, Items = 40_000, Fetch = 20, Persist = 100, Cpu = 0.02, Degree = 8 }, BoundBy.Database, true),
        ["20 with a request, a rate above what the slots do"] = (new() { IdsPerRequest = 20, Items = 4_000, Rate = 30, Fetch = 200, Degree = 4 }, BoundBy.Upstream, true),
        ["20 with a request, and a source that fills none"] = (new() { IdsPerRequest = 20, Source = 300, Items = 2_400, Fetch = 100, Degree = 4 }, BoundBy.Unknown, false),
        ["20 with a request, and a source that is far too slow"] = (new() { IdsPerRequest = 20, Source = 50, Items = 400, Fetch = 100 }, BoundBy.Input, false),
        ["20 with a request, and commits take long"] = (new() { IdsPerRequest = 20, Items = 12_000, Fetch = 20, Persist = 120, Degree = 8 }, BoundBy.Database, true),

        // Other strategies.
        ["an event loop that computes"] = (new() { Strategy = "EventLoop", Fetch = 50, Cpu = 10, Items = 400 }, BoundBy.Cpu, false),
        ["one at a time"] = (new() { Strategy = "Sequential", Items = 150 }, BoundBy.Upstream, false),
        ["one at a time, computing"] = (new() { Strategy = "Sequential", Items = 200, Fetch = 1, Cpu = 40, Persist = 1 }, BoundBy.Cpu, false),
        ["a pipeline that waits for answers"] = (new() { Strategy = "Pipeline", Cpu = 0.5 }, BoundBy.Upstream, true),
        ["a pipeline that computes"] = (new() { Strategy = "Pipeline", Fetch = 20, Cpu = 15, Items = 600 }, BoundBy.Cpu, true),
        ["a pipeline whose commits take long"] = (new() { Strategy = "Pipeline", Fetch = 5, Cpu = 0.1, Persist = 1_000, Items = 4_000, Degree = 32 }, BoundBy.Database, true),
        ["Adaptive, at the upstream's limit"] = (new() { Strategy = "Adaptive", Degree = 64, LimitFound = 12, Capacity = 12 }, BoundBy.Upstream, false),
        ["Adaptive, computing"] = (new() { Strategy = "Adaptive", Degree = 64, LimitFound = 30, Fetch = 20, Cpu = 15, Items = 600 }, BoundBy.Cpu, false),
        ["Adaptive, with a slow source"] = (new() { Strategy = "Adaptive", Degree = 64, LimitFound = 30, Source = 50, Items = 400 }, BoundBy.Input, false),
        ["Adaptive, under a rate limit"] = (new() { Strategy = "Adaptive", Degree = 64, LimitFound = 30, Rate = 60, Items = 400 }, BoundBy.RateLimit, false),
        ["Adaptive, with a retry at the end"] = (new() { Strategy = "Adaptive", Degree = 64, LimitFound = 16, Items = 500, Fetch = 25, Fails = (id, attempt) => id == 250 && attempt < 5, BackOff = 150 }, BoundBy.Retries, false),
        ["Adaptive, risen to the degree"] = (new() { Strategy = "Adaptive", Degree = 32, LimitFound = 32, Items = 3_000 }, BoundBy.Upstream, false),
        ["Async, with a limit that adapts, at the upstream's limit"] = (new() { Degree = 0, LimitFound = 12, Capacity = 12 }, BoundBy.Upstream, false),
        ["Async, with a limit that adapts, and commits take long"] = (new() { Degree = 0, LimitFound = 24, Fetch = 5, Persist = 40 }, BoundBy.Database, false),

        // Rates and quotas.
        ["a rate that is as much as the slots do"] = (new() { Rate = 300 }, BoundBy.RateLimit, true),
        ["a rate that is a little more than the slots do"] = (new() { Rate = 340 }, BoundBy.RateLimit, true),
        ["a rate limit, and answers that take long"] = (new() { Rate = 20, Fetch = 2_000, Degree = 64, Items = 300 }, BoundBy.RateLimit, true),
        ["a rate limit, and few slots"] = (new() { Rate = 100, Degree = 2, Items = 400 }, BoundBy.Upstream, true),
        ["a quota of 200 in 10 s"] = (new() { Quota = (200, 10_000), Items = 800 }, BoundBy.RateLimit, false),
        ["a quota that the slots do not use up"] = (new() { Quota = (1_000, 10_000), Degree = 2, Items = 1_000 }, BoundBy.Upstream, true),
        ["a quota under a rate limit"] = (new() { Quota = (200, 10_000), Rate = 100, Items = 800 }, BoundBy.RateLimit, false),

        // The machine.
        ["half a core, used up by requests"] = (new() { Degree = 64, CpuQuota = 0.5, CpuOfRequest = 0.4, Fetch = 4, Items = 3_000 }, BoundBy.Cpu, true),
        ["a quarter of a core, used up in a pipeline"] = (new() { Strategy = "Pipeline", CpuQuota = 0.25, CpuOfRequest = 0.8, Fetch = 4, Items = 2_000 }, BoundBy.Cpu, true),
        ["half a core, hardly used"] = (new() { CpuQuota = 0.5, Degree = 8, Fetch = 100, Items = 1_000 }, BoundBy.Upstream, true),
        ["a quota of a core and a half, used up"] = (new() { Cores = 4, CpuQuota = 1.5, Fetch = 5, Cpu = 20, Items = 600 }, BoundBy.Cpu, true),
        ["cores that are busy for most of the time while answers take long"] = (new() { Cpu = 5, Items = 1_500 }, BoundBy.Upstream, true),
        ["cores that requests keep busy"] = (new() { Degree = 64, CpuOfRequest = 3, Fetch = 20, Items = 3_000 }, BoundBy.Cpu, true),

        // A database that is slow now and then, or with many rows.
        ["commits that take long in bursts"] = (new() { Fetch = 20, Burst = (4_000, 1_000, 900), Items = 4_000 }, BoundBy.Database, false),
        ["commits that take long most of the time"] = (new() { Fetch = 20, Burst = (2_000, 1_400, 200), Items = 3_000 }, BoundBy.Database, true),
        ["commits that take long in bursts, in a pipeline"] = (new() { Strategy = "Pipeline", Fetch = 20, Burst = (4_000, 1_000, 900), Items = 6_000 }, BoundBy.Upstream, true),
        ["commits that take long at first"] = (new() { Fetch = 20, Burst = (1_000_000, 4_000, 60), Items = 4_000 }, BoundBy.Upstream, false),
        ["a database that has enough of rows"] = (new() { Fetch = 5, PersistOfRow = 3, Items = 1_000 }, BoundBy.Database, true),

        // A limit that is met in the second half only.
        ["items that compute in the second half"] = (new() { Cpu = 20, CpuFrom = 2_001, Items = 2_500 }, BoundBy.Upstream, false),
        ["items that compute in the second half, most of the time"] = (new() { Cpu = 20, CpuFrom = 1_501, Items = 2_500 }, BoundBy.Cpu, false),
        ["a source that is slow in the second half"] = (new() { Source = 60, SlowFrom = 1_001, Items = 1_500 }, BoundBy.Input, false),
        ["a gate that is closed in the second half"] = (new() { Closed = (4_000, 10_000), Items = 2_500 }, BoundBy.Upstream, false),
        ["answers that take long in the second half"] = (new() { Extra = id => id > 1_000 ? 150 : 0 }, BoundBy.Upstream, true),
        ["a quota that is used up in the second half"] = (new() { Quota = (1_500, 20_000), Items = 2_000 }, BoundBy.RateLimit, false),
    };

    /// <summary>What one answer in fifty takes longer than the 50 ms of the others.</summary>
    private static double Tail(int id) => id % 50 == 0 ? 950 : 0;
}
