namespace Ingestion.Concurrency.Sequential;

/// <summary>One item after the other on one thread, with blocking calls. The yardstick.</summary>
internal sealed class SequentialStrategy(Slots slots) : IConcurrencyStrategy
{
    public static StrategyDescriptor Descriptor { get; } = new("Sequential", MinimumDegree: 0, FixedDegree: 1, slots => new SequentialStrategy(slots)) { StaysOnOneThread = true, BlocksThreads = true };

    public async Task RunAsync<TItem>(ChannelReader<TItem> items, IItemStages<TItem> stages, CancellationToken stopReading, CancellationToken abort)
    {
        using StrategyRun<TItem> run = new(items, stages, slots, stopReading, abort);
        await DedicatedThread.Start("ingest-sequential", () =>
        {
            while (run.Take() is { IsItem: true } taken)
                run.Process(taken);
        });
        run.ThrowIfFaulted();
    }
}
