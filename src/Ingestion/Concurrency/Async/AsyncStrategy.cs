namespace Ingestion.Concurrency.Async;

/// <summary>Competing async consumers on the .NET thread pool.</summary>
internal sealed class AsyncStrategy(Slots slots) : IConcurrencyStrategy
{
    public static StrategyDescriptor Descriptor { get; } = new("Async", MinimumDegree: 0, FixedDegree: null, slots => new AsyncStrategy(slots));

    public async Task RunAsync<TItem>(ChannelReader<TItem> items, IItemStages<TItem> stages, CancellationToken stopReading, CancellationToken abort)
    {
        using StrategyRun<TItem> run = new(items, stages, slots, stopReading, abort);
        await new ElasticConsumers<TItem>(run, slots.Limit, run.ProcessAsync, consumer => _ = Task.Run(consumer, CancellationToken.None)).RunAsync();
        run.ThrowIfFaulted();
    }
}
