using Ingestion.Concurrency;
using Ingestion.Concurrency.Adaptive;

namespace Ingestion.Tests.Concurrency.Adaptive;

public sealed class AdaptiveStrategyTests
{
    [Fact]
    public void The_degree_configured_is_the_ceiling_also_when_it_changes()
    {
        ConcurrencyLimit limit = new(0, isAdaptive: true, learned: 50);
        Assert.Equal((0, 50, 50), (limit.Degree, limit.InForce, limit.Cap));

        limit.Set(10, isAdaptive: true);
        Assert.Equal((10, 10, 10), (limit.Degree, limit.InForce, limit.Limiter!.Limit));

        limit.Set(0, isAdaptive: true);
        Assert.Equal((0, 10, 10), (limit.Degree, limit.InForce, limit.Limiter.Limit));
    }

    [Fact]
    public void Without_a_cap_there_is_a_ceiling_all_the_same() =>
        Assert.Equal(ConcurrencyLimit.DefaultCeiling, new ConcurrencyLimit(0, isAdaptive: true, learned: 5_000).InForce);

    [Fact]
    public void A_limit_may_begin_and_cease_to_adapt()
    {
        int changes = 0;
        ConcurrencyLimit limit = new(64);
        limit.Changed += () => changes++;

        limit.Set(0, isAdaptive: true);
        Assert.Equal((AdaptiveLimiter.Start, 1), (limit.InForce, changes));

        limit.Set(64);
        Assert.Equal((64, 2), (limit.InForce, changes));
        Assert.Null(limit.Limiter);
    }
}
