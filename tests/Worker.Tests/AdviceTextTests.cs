using Ingestion.Runs;
using Ingestion.Runs.Advice;
using Ingestion.Tests.Runs.Advice;
using Worker.Reports;

namespace Worker.Tests;

/// <summary>What is said of runs of a known shape on two cores, with made-up figures.</summary>
public sealed class AdviceTextTests
{
    [Fact]
    public void Waiting_for_answers_wants_slots_until_the_cores_are_busy() => AssertAdvice(
        Measured.Run(fetch: 49, persist: 1, cpu: 0.5),
        BoundBy.Upstream, 250,
        "I/O-bound: an item holds its slot for 50 ms and spends 49 ms of that waiting for the upstream.",
        "16 slots keep 0.16 of 2 cores busy. 64 would be about 4 times as fast, if the upstream keeps up. More than 250 do not help: the 2 cores are the limit.");

    [Fact]
    public void A_limit_that_is_nearer_than_four_times_is_the_next_step() => AssertAdvice(
        Measured.Run(fetch: 49, persist: 1, cpu: 3.5),
        BoundBy.Upstream, 37,
        "I/O-bound: an item holds its slot for 50 ms and spends 49 ms of that waiting for the upstream.",
        "16 slots keep 1.12 of 2 cores busy. 37 would be about 1.8 times as fast, if the upstream keeps up. More than 37 do not help: the 2 cores are the limit.");

    [Fact]
    public void A_configured_rate_is_a_limit_as_the_cores_are() => AssertAdvice(
        Measured.Run(degree: 4, items: 800, fetch: 49, persist: 1, cpu: 0.5) with { RequestsPerSecond = 200 },
        BoundBy.Upstream, 13,
        "I/O-bound: an item holds its slot for 50 ms and spends 49 ms of that waiting for the upstream.",
        "4 slots keep 0.04 of 2 cores busy. 13 would be about 2.5 times as fast, if the upstream keeps up. More than 13 do not help: the rate limit (Upstream:RequestsPerSecond) is the limit.");

    [Fact]
    public void Waiting_for_commits_wants_slots_too() => AssertAdvice(
        Measured.Run(fetch: 10, persist: 40),
        BoundBy.Database, 130,
        "Database-bound: an item holds its slot for 50 ms and spends 40 ms of that waiting for the commit.",
        "16 slots keep 0.32 of 2 cores busy. 64 would be about 4 times as fast, if the database keeps up. More than 130 do not help: the 2 cores are the limit.");

    [Fact]
    public void Busy_cores_want_no_more_slots() => AssertAdvice(
        Measured.Run(items: 950, transform: 100, fetch: 60, cpu: 20),
        BoundBy.Cpu, 16,
        "CPU-bound: an item takes 20 ms of CPU time, which keeps 1.9 of 2 cores busy.",
        "2 cores ÷ 20 ms = at most 100 items a second, and 95 were done. 16 slots are enough, more only wait for a core. Only cheaper work or more cores make the run faster.");

    [Fact]
    public void Cores_that_are_not_quite_busy_want_a_few_spare_slots() => AssertAdvice(
        Measured.Run(degree: 2, items: 800, transform: 20, fetch: 5, cpu: 20),
        BoundBy.Cpu, 11,
        "CPU-bound: an item takes 20 ms of CPU time, which keeps 1.6 of 2 cores busy.",
        "2 cores ÷ 20 ms = at most 100 items a second, and 80 were done. 11 slots are enough, more only wait for a core. Only cheaper work or more cores make the run faster.");

    [Fact]
    public void Cores_that_others_keep_busy_are_told_from_those_the_run_does() => Assert.Equal(
        "CPU-bound: an item computes for 80 ms and gets 8 ms of CPU time meanwhile. The cores are also busy with something else, or rationed.",
        Sentences(Measured.Run(degree: 4, items: 400, transform: 80, fetch: 10, cpu: 8))[0]);

    [Fact]
    public void A_fraction_of_a_core_that_is_used_up_is_the_limit() => AssertAdvice(
        Measured.Run(degree: 64, items: 9_400, fetch: 60, cpu: 0.5) with { Cores = 0.5, Cpu = new CpuReading(100, 97, null) },
        BoundBy.Cpu, 64,
        "CPU-bound: an item takes 500 µs of CPU time, which keeps 0.47 of 0.5 cores busy. The quota of CPU time was used up in 97 % of its periods, and the process stopped until the next.",
        "0.5 cores ÷ 500 µs = at most 1,000 items a second, and 940 were done. 64 slots are enough, more only wait for a core. Only cheaper work or more cores make the run faster.");

    [Theory, InlineData("Pipeline"), InlineData("Async"), InlineData("EventLoop"), InlineData("Sequential")]
    public void A_quota_that_is_used_up_in_every_period_is_what_items_wait_for(string strategy) => Assert.Equal(
        BoundBy.Cpu, Diagnosis.Explain(Measured.Run(strategy, degree: 16, items: 1_000, fetch: 3.93, cpu: 1.3) with { Cores = 0.25, Cpu = new CpuReading(100, 100, null) }));

    [Fact]
    public void A_quota_that_is_used_up_by_others_in_the_group_is_not_this_run()
    {
        RunMeasurements run = Measured.Run(items: 1_000, fetch: 150, cpu: 0.5) with { Cores = 0.5, Cpu = new CpuReading(100, 100, TimeSpan.FromSeconds(8)) };

        Assert.Equal(BoundBy.Upstream, Diagnosis.Explain(run));
        Assert.Contains("For 80 % of the time something here waited for a core: part of these waits is for the machine.", Sentences(run));
    }

    [Fact]
    public void More_slots_go_as_far_as_the_fraction_of_a_core_does() => Assert.Equal(
        "4 slots keep 0.1 of 0.5 cores busy. 16 would be about 4 times as fast, if the upstream keeps up. More than 25 do not help: the 0.5 cores are the limit.",
        Sentences(Measured.Run(degree: 4, items: 2_000, fetch: 20, cpu: 0.5) with { Cores = 0.5 })[^1]);

    [Fact]
    public void An_event_loop_that_computes_wants_another_strategy() => AssertAdvice(
        Measured.Run("EventLoop", items: 490, transform: 20, fetch: 300, cpu: 20),
        BoundBy.Cpu, null,
        "CPU-bound: an item takes 20 ms of CPU time, which keeps 0.98 of 2 cores busy. EventLoop runs all items on one thread, so it can use one of the 2 cores.",
        "ThreadPool, Async and Pipeline use all 2 cores: up to 2 times as fast.");

    [Fact]
    public void Sequential_waits_want_another_strategy() => AssertAdvice(
        Measured.Run("Sequential", degree: 1, items: 200, fetch: 49, persist: 1),
        BoundBy.Upstream, null,
        "I/O-bound: an item holds its slot for 50 ms and spends 49 ms of that waiting for the upstream.",
        "Sequential has one slot whatever is configured. Async with a degree of parallelism of 4 would be about 4 times as fast, if the upstream keeps up. More than 130 do not help: the 2 cores are the limit.");

    [Fact]
    public void Mixed_work_in_too_few_slots_wants_as_many_as_keep_the_cores_busy() => AssertAdvice(
        Measured.Run(degree: 1, items: 250, fetch: 18, transform: 15, persist: 5, cpu: 16),
        BoundBy.Concurrency, 13,
        "Too few slots: all are in use, and no wait dominates the 38 ms an item holds one (18 ms for the upstream, 15 ms computing, 5 ms for the commit).",
        "1 slot keeps 0.4 of 2 cores busy. 4 would be about 4 times as fast, if the upstream keeps up. More than 13 do not help: the 2 cores are the limit.");

    [Fact]
    public void A_rate_limit_wants_the_slots_that_can_be_busy_under_it() => AssertAdvice(
        Measured.Run(items: 200, gate: 700, fetch: 55, persist: 5) with { RequestsPerSecond = 20 },
        BoundBy.RateLimit, 2,
        "Held back at the gate: an item holds its slot for 760 ms and spends 700 ms of that waiting there.",
        "20 requests a second of 60 ms each keep 1.2 slots busy: 2 are enough. Only a higher Upstream:RequestsPerSecond makes the run faster.");

    [Fact]
    public void A_gate_the_upstream_closed_wants_a_rate_limit() => AssertAdvice(
        Measured.Run(items: 200, gate: 700, fetch: 55, persist: 5),
        BoundBy.RateLimit, null,
        "Held back at the gate: an item holds its slot for 760 ms and spends 700 ms of that waiting there.",
        "The gate was closed for a time: the upstream asked for a pause, or did not answer. 20 requests a second got through. If the upstream limits them, set Upstream:RequestsPerSecond to what it allows, or ask for a higher quota.");

    [Fact]
    public void An_announced_quota_wants_a_higher_one() => AssertAdvice(
        Measured.Run(items: 200, gate: 700, fetch: 55, persist: 5) with { HasQuota = true },
        BoundBy.RateLimit, null,
        "Held back at the gate: an item holds its slot for 760 ms and spends 700 ms of that waiting there.",
        "The upstream's quota was used up, and requests waited for the next: 20 a second got through. Only a higher quota, or more IDs with one request, makes the run faster.");

    [Fact]
    public void A_slow_source_wants_no_more_slots() => AssertAdvice(
        Measured.Run(items: 400, fetch: 50, busy: 2),
        BoundBy.Input, null,
        "Input-bound: 100 % of the time, no item was waiting for a slot.",
        "On average, 2 of 16 slots had something to do: items came at 40 a second. A faster source helps, more slots do not.");

    [Fact]
    public void Few_items_want_no_more_slots_than_there_are_items() => AssertAdvice(
        Measured.Run(degree: 64, slots: 10, items: 10, seconds: 2.1, delay: 2_000),
        BoundBy.Upstream, null,
        "I/O-bound: an item holds its slot for 2 s and spends 2 s of that waiting for Ingestion:Delay.",
        "All 10 items were in flight at once: more slots do not help.");

    [Fact]
    public void A_run_of_few_items_gets_no_degree() => AssertAdvice(
        Measured.Run("ThreadPool", degree: 5, items: 50, seconds: 20.2, delay: 2_000, fetch: 10, cpu: 20),
        BoundBy.Upstream, null,
        "I/O-bound: an item holds its slot for 2.01 s and spends 2.01 s of that waiting for the upstream and Ingestion:Delay.",
        "The run was too short to recommend a degree of parallelism (50 items in 20.2 s; it takes 100 items and 2 s).");

    [Fact]
    public void A_very_short_run_gets_no_numbers() => AssertAdvice(
        Measured.Run(items: 826, seconds: 1.66, fetch: 5, persist: 24),
        BoundBy.Database, null,
        "Database-bound: an item holds its slot for 29 ms and spends 24 ms of that waiting for the commit.",
        "The run was too short to recommend a degree of parallelism (826 items in 1.66 s; it takes 100 items and 2 s).");

    [Fact]
    public void Threads_are_advised_only_so_far() => AssertAdvice(
        Measured.Run("ThreadPool", fetch: 499, persist: 1, items: 320, cpu: 0.5),
        BoundBy.Upstream, 320,
        "I/O-bound: an item holds its slot for 500 ms and spends 499 ms of that waiting for the upstream.",
        "16 slots keep 0.02 of 2 cores busy. 64 would be about 4 times as fast, if the upstream keeps up. There are no more than 320 items.");

    [Fact]
    public void Beyond_that_many_threads_waiting_wants_no_thread_each() => AssertAdvice(
        Measured.Run("ThreadPool", degree: 200, fetch: 499, persist: 1, items: 4_000, cpu: 0.5),
        BoundBy.Upstream, 512,
        "I/O-bound: an item holds its slot for 500 ms and spends 499 ms of that waiting for the upstream.",
        "200 slots keep 0.2 of 2 cores busy. 512 would be about 2.5 times as fast, if the upstream keeps up. For more than 512 threads, Async is the better choice.");

    [Fact]
    public void Slots_that_do_nearly_what_can_be_done_stay() => AssertAdvice(
        Measured.Run(fetch: 49, persist: 1, cpu: 5.2) with { Cpu = new CpuReading(0, 0, null, Processors: 1_000, Idle: 250) },
        BoundBy.Upstream, 16,
        "I/O-bound: an item holds its slot for 50 ms and spends 49 ms of that waiting for the upstream.",
        "16 slots are about right: 320 items a second are done, and at 385 the 2 cores are the limit.");

    [Fact]
    public void A_pipeline_also_says_what_went_on_outside_its_slots() => AssertAdvice(
        Measured.Run("Pipeline", fetch: 50, transform: 2, persist: 20, cpu: 2.5),
        BoundBy.Upstream, 50,
        "I/O-bound: an item holds its slot for 50 ms and spends 50 ms of that waiting for the upstream.",
        "Outside the slots, 0.64 items were computing and 6.4 waiting for their commit, on average.",
        "16 slots keep 0.8 of 2 cores busy. 50 would be about 2.5 times as fast, if the upstream keeps up. More than 50 do not help: the 2 cores are the limit.");

    [Theory]
    [InlineData(12, true, "The upstream takes 12 requests at once: with more it gets slower, or refuses some. There is nothing to set.")]
    [InlineData(16, false, "The limit rose to the configured degree of parallelism, 16, and the upstream kept up. Set a higher degree, or 0 for no cap, to let the limit rise further.")]
    public void A_limit_that_was_found_needs_no_other_degree(int found, bool hasMetLimit, string expected)
    {
        RunAdvice advice = Advisor.Advise(Measured.Run("Adaptive", fetch: 50, persist: 1) with { LimitFound = found, HasMetLimit = hasMetLimit, Slots = found });

        Assert.Equal((expected, null), (AdviceText.Of(advice)[^1], advice.SuggestedDegree));
    }

    [Fact]
    public void A_limit_that_still_rose_when_the_run_ended_is_nobody_s() => Assert.DoesNotContain(
        Sentences(Measured.Run("Adaptive", fetch: 50, persist: 1) with { LimitFound = 12, Slots = 12 }), sentence => sentence.Contains("12 requests", StringComparison.Ordinal));

    [Fact]
    public void A_limit_that_met_the_upstream_at_the_degree_that_is_configured_says_nothing_of_a_higher_one() => Assert.Single(
        Sentences(Measured.Run("Async", fetch: 50, persist: 1) with { LimitFound = 16, HasMetLimit = true }));

    [Theory]
    [InlineData(true, "Nothing was left to do.", BoundBy.Input)]
    [InlineData(false, "The run ended before any of its items did: there is nothing to measure.", BoundBy.Unknown)]
    public void Without_an_item_that_ended_there_is_no_arithmetic(bool isComplete, string expected, BoundBy bound) =>
        AssertAdvice(Measured.Run(items: 0, fetch: 50) with { IsComplete = isComplete, Requests = isComplete ? 0 : 16 }, bound, null, expected);

    [Fact]
    public void Many_failures_come_first() => Assert.Equal(
        "1,200 of 4,000 attempts failed. See to that first, more slots do not help: the log says why, and 'ingestion-worker status' lists what was given up.",
        Sentences(Measured.Run(fetch: 49, persist: 1) with { Retries = 800, Failed = 400 })[1]);

    [Fact]
    public void Shares_are_of_all_slots_and_add_up()
    {
        SlotShares shares = Advisor.Advise(Measured.Run(gate: 5, fetch: 20, delay: 5, transform: 2.5, persist: 10)).Shares;

        Assert.Equal([0.5, 0.05, 0.2, 0.1, 0.15], new[] { shares.Upstream, shares.Computing, shares.Database, shares.Gate, shares.Idle }.Select(share => Math.Round(share, 9)));
    }

    [Fact]
    public void Some_retries_are_to_be_understood_before_slots_are_added() => AssertAdvice(
        Measured.Run(fetch: 49, persist: 1, cpu: 0.5) with { Retries = 300 },
        BoundBy.Upstream, null,
        "I/O-bound: an item holds its slot for 50 ms and spends 49 ms of that waiting for the upstream.",
        "300 of 3,500 attempts failed and were made again, perhaps because there were too many at once. Find out why before you add slots: the log says it.");

    [Fact]
    public void A_rate_that_is_used_up_although_the_slots_hardly_wait_for_it_is_the_limit() => AssertAdvice(
        Measured.Run(fetch: 49, persist: 1) with { RequestsPerSecond = 325 },
        BoundBy.RateLimit, 21,
        "Held back by the rate limit: 320 requests a second were made, and Upstream:RequestsPerSecond allows 325.",
        "325 requests a second of 50 ms each keep 16.3 slots busy: 21 are enough. Only a higher Upstream:RequestsPerSecond makes the run faster.");

    [Fact]
    public void What_changed_on_the_way_is_said_and_no_degree() => Assert.Equal(
        ["I/O-bound: an item holds its slot for 50 ms and spends 40 ms of that waiting for the upstream.",
            "That changed on the way: part of the run was bound by upstream, another by rate-limit. No degree of parallelism fits both."],
        AdviceText.Of(new RunAdvice
        {
            BoundBy = BoundBy.Upstream,
            Figures = Measured.Run(gate: 10, fetch: 40),
            Change = (BoundBy.Upstream, BoundBy.RateLimit),
            WhySilent = Silence.Changed,
        }));

    private static IReadOnlyList<string> Sentences(RunMeasurements run) => AdviceText.Of(Advisor.Advise(run));

    private static void AssertAdvice(RunMeasurements run, BoundBy bound, int? degree, params string[] sentences)
    {
        RunAdvice advice = Advisor.Advise(run);

        Assert.Equal(sentences, AdviceText.Of(advice));
        Assert.Equal((bound, degree), (advice.BoundBy, advice.SuggestedDegree));
    }
}
