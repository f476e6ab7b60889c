using Ingestion.Concurrency;

namespace Ingestion.Tests.Concurrency;

/// <summary>The threads are what each strategy promises.</summary>
public sealed class StrategyThreadTests
{
    [Theory, MemberData(nameof(Strategies.Blocking), MemberType = typeof(Strategies))]
    public async Task Blocking_strategies_block_and_stay_on_one_thread_per_item(string strategy)
    {
        Probe probe = await RunAsync(strategy, 4, 40);

        Assert.All(probe.Visits, visit =>
        {
            Assert.True(visit.FetchWasBlocking);
            Assert.True(visit.PersistWasBlocking);
            Assert.Single(visit.Threads.Distinct());
            Assert.False(visit.BeginThread.IsThreadPoolThread);
        });
    }

    [Theory, MemberData(nameof(Strategies.NonBlocking), MemberType = typeof(Strategies))]
    public async Task The_others_never_block(string strategy)
    {
        Probe probe = await RunAsync(strategy, 4, 40);

        Assert.All(probe.Visits, visit =>
        {
            Assert.False(visit.FetchWasBlocking);
            Assert.False(visit.PersistWasBlocking);
        });
    }

    [Theory]
    [InlineData("Sequential", "ingest-sequential")]
    [InlineData("EventLoop", "ingest-loop")]
    public async Task One_thread_runs_everything(string strategy, string name)
    {
        Probe probe = await RunAsync(strategy, 8, 200);

        ThreadSighting thread = Assert.Single(probe.Visits.SelectMany(visit => visit.Threads).Distinct());
        Assert.Equal(name, thread.Name);
        Assert.False(thread.IsThreadPoolThread);
    }

    [Fact]
    public async Task ThreadPool_has_as_many_dedicated_threads_as_the_degree_says()
    {
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using Rig rig = new("ThreadPool", 6);
        Probe probe = new() { Hold = _ => release.Task };

        Task run = rig.RunAsync(probe, 60);
        await probe.FetchesBeganAsync(6);
        release.SetResult();
        await run;

        ThreadSighting[] threads = [.. probe.Visits.Select(visit => visit.BeginThread).Distinct()];
        Assert.Equal(6, threads.Length);
        Assert.All(threads, thread => Assert.StartsWith("ingest-pool-", thread.Name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task ThreadPerItem_has_a_thread_for_each_item()
    {
        Probe probe = await RunAsync("ThreadPerItem", 4, 40);

        Assert.Equal(40, probe.Visits.Select(visit => visit.BeginThread).Distinct().Count());
    }

    [Fact]
    public async Task Async_runs_on_the_thread_pool()
    {
        Probe probe = await RunAsync("Async", 8, 200);

        Assert.All(probe.Visits.SelectMany(visit => visit.Threads), thread => Assert.True(thread.IsThreadPoolThread));
    }

    [Fact]
    public async Task Pipeline_lets_fewer_attempts_wait_for_a_commit_the_more_items_each_is_for()
    {
        // 2,048 items at the most: two attempts. Behind them one waits for each core, and one more in the channel between; then the slots are full.
        const int Persists = 2, Degree = 8;
        int full = Persists + (2 * Environment.ProcessorCount) + Degree;
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Probe probe = new() { ItemsPerAttempt = 1_000, HoldPersist = () => release.Task };
        using Rig rig = new("Pipeline", Degree);

        Task run = rig.RunAsync(probe, 2 * full);
        await probe.FetchesBeganAsync(full);
        Assert.False(await probe.AnotherFetchBeginsAsync());
        release.SetResult();
        await run;

        Assert.Equal(2 * full, probe.Visits.Count);
        Assert.Equal(Persists, probe.MaxInPersist);
    }

    [Theory]
    [InlineData("Async", 100, 0)]
    [InlineData("Pipeline", 1, 512)]
    [InlineData("Pipeline", 20, 102)]
    [InlineData("Adaptive", 100, 20)]
    [InlineData("Pipeline", 5_000, 1)]
    public void What_may_wait_for_a_commit_without_a_slot_is_bounded_in_attempts_and_in_items(string strategy, int itemsPerAttempt, int expected) =>
        Assert.Equal(expected, StrategyCatalog.Find(strategy)!.PersistsBeyondSlot(itemsPerAttempt));

    [Fact]
    public async Task Pipeline_transforms_on_a_dedicated_thread_per_core()
    {
        Probe probe = await RunAsync("Pipeline", 8, 200);

        ThreadSighting[] threads = [.. probe.Visits.Select(visit => visit.TransformThread!).Distinct()];
        Assert.InRange(threads.Length, 1, Environment.ProcessorCount);
        Assert.All(threads, thread => Assert.StartsWith("ingest-transform-", thread.Name, StringComparison.Ordinal));
        Assert.All(probe.Visits, visit => Assert.True(visit.BeginThread.IsThreadPoolThread));
    }

    private static async Task<Probe> RunAsync(string strategy, int degree, int count)
    {
        using Rig rig = new(strategy, degree);
        Probe probe = new() { Hold = static async _ => await Task.Yield() };
        await rig.RunAsync(probe, count);
        return probe;
    }
}
