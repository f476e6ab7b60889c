using Ingestion.Concurrency;
using Ingestion.Concurrency.Adaptive;

namespace Ingestion.Tests.Concurrency.Adaptive;

public sealed class AdaptiveStrategyTests
{
    [Fact]
    public void The_degree_configured_is_the_ceiling_also_when_it_changes()
    {
        ConcurrencyLimit limit = new(0);
        AdaptiveLimiter limiter = AdaptiveStrategy.Follow(limit, learned: 50);
        Assert.Equal((0, 50, 50), (limit.Degree, limit.InForce, limit.Cap));

        limit.Set(10);
        Assert.Equal((10, 10, 10), (limit.Degree, limit.InForce, limiter.Limit));

        limit.Set(0);
        Assert.Equal((0, 10, 10), (limit.Degree, limit.InForce, limiter.Limit));
    }

    [Fact]
    public void Without_a_cap_there_is_a_ceiling_all_the_same()
    {
        ConcurrencyLimit limit = new(0);

        AdaptiveStrategy.Follow(limit, learned: 5_000);

        Assert.Equal(AdaptiveStrategy.DefaultCeiling, limit.InForce);
    }
}
