namespace Ingestion.Concurrency.ThreadPool;

/// <summary>DOP dedicated worker threads take items from the channel, with blocking calls.</summary>
internal sealed class ThreadPoolStrategy(Slots slots) : IConcurrencyStrategy
{
    public static StrategyDescriptor Descriptor { get; } = new("ThreadPool", MinimumDegree: 1, FixedDegree: null, slots => new ThreadPoolStrategy(slots)) { BlocksThreads = true };

    public async Task RunAsync<TItem>(ChannelReader<TItem> items, IItemStages<TItem> stages, CancellationToken stopReading, CancellationToken abort)
    {
        using StrategyRun<TItem> run = new(items, stages, slots, stopReading, abort);
        Crew crew = new(
            slots.Limit,
            isSurplus =>
            {
                while (!isSurplus() && run.Take() is { IsItem: true } taken)
                    run.Process(taken);
            },
            run.Fault);
        await crew.RunAsync();
        run.ThrowIfFaulted();
    }
}
