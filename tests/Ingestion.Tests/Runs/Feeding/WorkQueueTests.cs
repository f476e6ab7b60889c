using System.Diagnostics.Metrics;
using Ingestion.Runs;
using Ingestion.Runs.Feeding;
using Ingestion.Sources;
using Ingestion.Telemetry;
using Ingestion.Upstream;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using TestSupport.Time;

namespace Ingestion.Tests.Runs.Feeding;

public sealed class WorkQueueTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task The_channel_completes_when_the_source_has_ended_and_so_has_every_item()
    {
        using WorkQueue queue = new(10, _time);
        await queue.AdmitAsync(new WorkItem(new SourceItem(1)), CancellationToken.None);
        await queue.AdmitAsync(new WorkItem(new SourceItem(2)), CancellationToken.None);
        Assert.True(queue.Reader.TryRead(out WorkItem? first));
        Assert.True(queue.Reader.TryRead(out WorkItem? second));

        queue.SourceEnded();
        queue.Ended(first);
        Assert.False(queue.Reader.Completion.IsCompleted);
        Assert.False(queue.IsComplete);
        queue.Ended(second);

        await queue.Reader.Completion;
        Assert.True(queue.IsComplete);
    }

    [Fact]
    public async Task A_retry_keeps_the_channel_open_and_comes_back_behind_fresh_work()
    {
        using WorkQueue queue = new(10, _time);
        using CancellationTokenSource over = new();
        using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        RetryThrottle throttle = new(
            new RetryBudget(new FixedOptions<UpstreamOptions>(new UpstreamOptions()), _time),
            new IngestionMetrics(services.GetRequiredService<IMeterFactory>()), _time, NullLogger.Instance);
        Task pump = queue.PumpRetriesAsync(throttle, over.Token);
        await queue.AdmitAsync(new WorkItem(new SourceItem(1)), CancellationToken.None);
        Assert.True(queue.Reader.TryRead(out WorkItem? failed));
        queue.RetryLater(failed, TimeSpan.FromSeconds(1));
        await queue.AdmitAsync(new WorkItem(new SourceItem(2)), CancellationToken.None);
        queue.SourceEnded();
        await _time.WaitForTimersAsync(1);

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(2, (await queue.Reader.ReadAsync()).Key);
        Assert.Equal(1, (await queue.Reader.ReadAsync()).Key);
        await over.CancelAsync();
        await pump;
    }

    [Fact]
    public async Task An_urgent_retry_waits_for_no_other_and_comes_back_ahead_of_fresh_work()
    {
        using WorkQueue queue = new(2, _time, hasUrgent: true);
        using CancellationTokenSource over = new();
        using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        RetryThrottle throttle = new(
            new RetryBudget(new FixedOptions<UpstreamOptions>(new UpstreamOptions()), _time),
            new IngestionMetrics(services.GetRequiredService<IMeterFactory>()), _time, NullLogger.Instance);
        Task[] pumps = [queue.PumpRetriesAsync(throttle, over.Token), queue.PumpRetriesAsync(throttle, over.Token, urgent: true)];
        WorkItem[] failed = [new(new SourceItem(1)), new(new SourceItem(2, IsUrgent: true))];
        foreach (WorkItem item in failed)
        {
            await queue.AdmitAsync(item, CancellationToken.None);
            Assert.Same(item, await queue.Reader.ReadAsync(TestContext.Current.CancellationToken));
        }

        // The other retry waits until there is room in the channel, and then there would be fresh work before it.
        queue.RetryLater(failed[0], TimeSpan.Zero);
        queue.RetryLater(failed[1], TimeSpan.FromSeconds(1));
        await queue.AdmitAsync(new WorkItem(new SourceItem(3)), CancellationToken.None);
        Assert.True(SpinWait.SpinUntil(() => queue.Depth == 2, TimeSpan.FromSeconds(30)));
        await _time.WaitForTimersAsync(1);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(SpinWait.SpinUntil(() => queue.Depth == 3, TimeSpan.FromSeconds(30)));

        Assert.Equal(2, (await queue.Reader.ReadAsync(TestContext.Current.CancellationToken)).Key);
        await over.CancelAsync();
        await Task.WhenAll(pumps);
    }

    [Fact]
    public async Task With_urgent_items_the_channel_completes_when_both_feeders_are_done()
    {
        using WorkQueue queue = new(10, _time, hasUrgent: true);
        WorkItem item = new(new SourceItem(1, IsUrgent: true));
        await queue.AdmitAsync(item, CancellationToken.None, overtakes: true);
        queue.SourceEnded();
        Assert.True(queue.Reader.TryRead(out _));
        queue.Ended(item);
        Assert.Equal((false, 0L), (queue.IsComplete, queue.Left));

        queue.SourceEnded();

        Assert.False(await queue.Reader.WaitToReadAsync(TestContext.Current.CancellationToken) && queue.Reader.TryRead(out _));
        await queue.Reader.Completion;
        Assert.True(queue.IsComplete);
    }

    [Fact]
    public async Task A_full_channel_makes_the_source_wait()
    {
        using WorkQueue queue = new(1, _time);
        await queue.AdmitAsync(new WorkItem(new SourceItem(1)), CancellationToken.None);

        Task admitted = queue.AdmitAsync(new WorkItem(new SourceItem(2)), CancellationToken.None).AsTask();
        Assert.False(admitted.IsCompleted);
        await queue.Reader.ReadAsync();

        await admitted;
    }
}
