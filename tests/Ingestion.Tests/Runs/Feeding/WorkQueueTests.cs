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
