using Ingestion.Concurrency;
using Ingestion.Concurrency.Adaptive;

namespace Ingestion.Tests.Concurrency.Adaptive;

public sealed class AdaptiveLimiterTests
{
    private const int Ceiling = 1000;

    public static TheoryData<int, bool> Backends => new() { { 4, false }, { 32, false }, { 200, false }, { 4, true }, { 32, true }, { 200, true } };

    [Theory, MemberData(nameof(Backends))]
    public void It_does_what_the_best_fixed_degree_would_have_done(int capacity, bool rejects)
    {
        SimulatedBackend backend = new(capacity, rejects);

        double share = backend.Run(Limiter(), 500);

        Assert.True(share >= 0.95, $"{share:F3} of the best");
        Assert.True(backend.Rejected <= 0.01 * (backend.Answered + backend.Rejected), $"{backend.Rejected} of {backend.Answered + backend.Rejected} rejected");
    }

    [Theory, InlineData(4), InlineData(32), InlineData(200)]
    public void Rejections_that_come_late_are_few_all_the_same(int capacity)
    {
        SimulatedBackend backend = new(capacity, rejects: true) { RejectionSeconds = 0.04 };

        double share = backend.Run(Limiter(), 500);

        Assert.True(share >= 0.95, $"{share:F3} of the best");
        Assert.True(backend.Rejected <= 0.01 * (backend.Answered + backend.Rejected), $"{backend.Rejected} of {backend.Answered + backend.Rejected} rejected");
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_slot_that_an_item_keeps_after_its_request_counts_as_in_use(bool isKept)
    {
        AdaptiveLimiter limiter = null!;
        limiter = new(Ceiling, _ => { }, learned: 8, occupied: () => isKept ? limiter.Limit : 0);
        for (int i = 0; i < 100; i++)
        {
            // Two of the slots fetch, the others wait for their commit.
            TimeSpan now = TimeSpan.FromMilliseconds(20 * i), took = TimeSpan.FromMilliseconds(10);
            limiter.Started(now);
            limiter.Started(now);
            limiter.Ended(now + took, new AttemptEnd(AttemptResult.Answered, took));
            limiter.Ended(now + took, new AttemptEnd(AttemptResult.Answered, took));
        }

        if (isKept)
            Assert.InRange(limiter.Limit, 16, Ceiling);
        else
            Assert.Equal(8, limiter.Limit);
    }

    [Fact]
    public void What_was_learned_before_needs_no_slow_start()
    {
        SimulatedBackend backend = new(200, rejects: true);
        List<int> limits = [];
        AdaptiveLimiter limiter = new(Ceiling, limits.Add, learned: 195);
        backend.Run(limiter, 2);

        double share = backend.Run(limiter, 20);

        Assert.True(share >= 0.95, $"{share:F3} of the best");
        Assert.All(limits, limit => Assert.InRange(limit, 180, 250));
    }

    [Theory]
    [InlineData(32, 16, false)]
    [InlineData(200, 100, false)]
    [InlineData(32, 64, false)]
    [InlineData(100, 200, false)]
    [InlineData(32, 16, true)]
    [InlineData(200, 100, true)]
    [InlineData(32, 64, true)]
    [InlineData(100, 200, true)]
    public void A_capacity_that_halves_or_doubles_is_found_again_within_50_round_trips(int before, int after, bool rejects)
    {
        SimulatedBackend backend = new(before, rejects);
        AdaptiveLimiter limiter = Limiter();
        backend.Run(limiter, 300);

        backend.Capacity = after;
        backend.Run(limiter, 50);
        double share = backend.Run(limiter, 20);

        Assert.True(share >= 0.9, $"{share:F3} of the best, at a limit of {limiter.Limit}");
    }

    [Theory, MemberData(nameof(Backends))]
    public void It_does_not_pile_up_requests(int capacity, bool rejects)
    {
        SimulatedBackend backend = new(capacity, rejects);
        AdaptiveLimiter limiter = Limiter();
        backend.Run(limiter, 100);

        backend.Run(limiter, 300);

        Assert.InRange(backend.MostInFlight, capacity, Math.Max(capacity + 4, capacity * 1.5));
    }

    [Fact]
    public void The_ceiling_is_never_exceeded_and_follows_a_change()
    {
        SimulatedBackend backend = new(200, rejects: false);
        var limiter = new AdaptiveLimiter(10, _ => { });
        backend.Run(limiter, 100);
        Assert.Equal((10, 10), (limiter.Limit, backend.MostInFlight));

        limiter.SetCeiling(3);
        Assert.Equal(3, limiter.Limit);
        limiter.SetCeiling(50);
        backend.Run(limiter, 100);
        Assert.Equal(50, limiter.Limit);
    }

    [Fact]
    public void A_collapsed_limit_recovers()
    {
        SimulatedBackend backend = new(100, rejects: false);
        AdaptiveLimiter limiter = Limiter();
        backend.Run(limiter, 200);
        backend.IsSilent = true;
        backend.Run(limiter, 600);
        Assert.Equal(1, limiter.Limit);

        backend.IsSilent = false;
        backend.Run(limiter, 100);

        double share = backend.Run(limiter, 50);
        Assert.True(share >= 0.9, $"{share:F3} of the best, at a limit of {limiter.Limit}");
    }

    [Theory]
    [InlineData(1, 100)]
    [InlineData(20, 20)]
    public void Larger_requests_take_longer_and_that_is_no_congestion(int least, int most)
    {
        var random = new Random(7);
        SimulatedBackend backend = new(100, rejects: false) { Items = () => random.Next(least, most + 1) };
        AdaptiveLimiter limiter = Limiter();

        backend.Run(limiter, 600);

        Assert.True(limiter.Limit >= 85, $"limit {limiter.Limit}");
    }

    [Fact]
    public void An_upstream_that_becomes_slower_for_good_keeps_its_concurrency()
    {
        SimulatedBackend backend = new(100, rejects: true);
        AdaptiveLimiter limiter = Limiter();
        backend.Run(limiter, 200);

        backend.Latency *= 3;
        backend.Run(limiter, 100);

        double share = backend.Run(limiter, 50);
        Assert.True(share >= 0.9, $"{share:F3} of the best, at a limit of {limiter.Limit}");
    }

    [Fact]
    public void Errors_that_have_nothing_to_do_with_the_load_do_not_shrink_it()
    {
        SimulatedBackend backend = new(50, rejects: false) { ErrorRate = 0.01 };
        AdaptiveLimiter limiter = Limiter();

        double share = backend.Run(limiter, 500);

        Assert.True(share >= 0.9, $"{share:F3} of the best, at a limit of {limiter.Limit}");
    }

    [Fact]
    public void A_level_that_brought_a_pause_is_left_alone_for_forty_times_as_long()
    {
        SimulatedBackend backend = new(32, rejects: true) { Pause = TimeSpan.FromSeconds(1) };
        AdaptiveLimiter limiter = Limiter();
        backend.Run(limiter, 100);
        Assert.Equal(32, limiter.Limit);

        backend.Run(limiter, 690);
        Assert.Equal(0, backend.Rejected);
        backend.Run(limiter, 40);
        Assert.InRange(backend.Rejected, 1, 2);
    }

    [Fact]
    public void After_an_outage_in_which_everything_is_rejected_the_limit_comes_back()
    {
        SimulatedBackend backend = new(100, rejects: false);
        AdaptiveLimiter limiter = Limiter();
        backend.Run(limiter, 200);
        backend.ErrorRate = 1;
        backend.Run(limiter, 20);
        Assert.Equal(1, limiter.Limit);

        backend.ErrorRate = 0;
        backend.Run(limiter, 300);

        double share = backend.Run(limiter, 50);
        Assert.True(share >= 0.9, $"{share:F3} of the best, at a limit of {limiter.Limit}");
    }

    [Fact]
    public void A_limit_that_is_not_in_use_does_not_grow()
    {
        AdaptiveLimiter limiter = Limiter();
        for (int i = 0; i < 100; i++)
        {
            limiter.Started(TimeSpan.FromSeconds(i));
            limiter.Ended(TimeSpan.FromSeconds(i + 0.5), new AttemptEnd(AttemptResult.Answered, TimeSpan.FromSeconds(0.5)));
        }

        Assert.Equal(AdaptiveLimiter.Start, limiter.Limit);
    }

    private static AdaptiveLimiter Limiter() => new(Ceiling, _ => { });
}
