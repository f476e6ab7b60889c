using Ingestion.Upstream;
using Microsoft.Extensions.Options;
using TestSupport.Time;

namespace Ingestion.Tests.Upstream;

public sealed class RetryBudgetTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public void A_few_a_second_may_be_made_even_if_there_is_nothing_else()
    {
        RetryBudget budget = Budget(ratio: 0, minimum: 3);

        Assert.Equal(3, TakeAll(budget));
        _clock.Advance(TimeSpan.FromSeconds(0.999));
        Assert.Equal(0, TakeAll(budget));
        _clock.Advance(TimeSpan.FromSeconds(0.001));
        Assert.Equal(3, TakeAll(budget));
        _clock.Advance(TimeSpan.FromDays(400));
        Assert.Equal(3, TakeAll(budget));
    }

    [Theory]
    [InlineData(0.2, 1000, 200)]
    [InlineData(0.2, 1001, 201)]
    [InlineData(0.5, 10, 5)]
    [InlineData(0.2, 10, 4)]
    public void Beyond_that_they_are_a_share_of_the_requests(double ratio, int requests, int expected)
    {
        RetryBudget budget = Budget(ratio, minimum: 4);
        Request(budget, requests);

        Assert.Equal(expected, TakeAll(budget));
    }

    [Fact]
    public void The_share_is_of_the_last_ten_seconds()
    {
        RetryBudget budget = Budget(ratio: 0.2, minimum: 1);
        Request(budget, 500);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Request(budget, 100);
        Assert.Equal(120, TakeAll(budget));

        _clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal(1, TakeAll(budget));
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(1, TakeAll(budget)); // 500 requests have left the window, the 121 retries have not.
        _clock.Advance(TimeSpan.FromSeconds(5));
        Request(budget, 100);
        Assert.Equal(18, TakeAll(budget)); // 20, less the two that are still in it.
    }

    [Fact]
    public void Ten_at_once_and_a_fifth_of_the_requests_is_the_default()
    {
        RetryBudget budget = new(Options.Create(new UpstreamOptions()), _clock);

        Assert.Equal(10, TakeAll(budget));
        Request(budget, 100);
        Assert.Equal(10, TakeAll(budget));
    }

    [Fact]
    public void A_ratio_of_one_is_no_limit()
    {
        RetryBudget budget = Budget(ratio: 1, minimum: 1);

        Assert.Equal(5000, TakeAll(budget, atMost: 5000));
    }

    [Fact]
    public void Counting_allocates_nothing()
    {
        RetryBudget budget = Budget(ratio: 0.2, minimum: 1);
        Request(budget, 1);
        TakeAll(budget);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Request(budget, 1000);
        TakeAll(budget);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Request(RetryBudget budget, int times)
    {
        for (int i = 0; i < times; i++)
            budget.AddRequest();
    }

    private static int TakeAll(RetryBudget budget, int atMost = 10_000)
    {
        int taken = 0;
        while (taken < atMost && budget.TryTakeRetry())
            taken++;
        return taken;
    }

    private RetryBudget Budget(double ratio, int minimum) =>
        new(Options.Create(new UpstreamOptions { RetryRatio = ratio, MinRetriesPerSecond = minimum }), _clock);
}
