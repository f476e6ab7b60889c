namespace Ingestion.Concurrency.EventLoop;

/// <summary>
/// One thread runs every continuation of every item, with non-blocking I/O. CPU work stalls the loop, and everything with it.
/// </summary>
internal sealed class EventLoopStrategy(Slots slots) : IConcurrencyStrategy
{
    public static StrategyDescriptor Descriptor { get; } = new("EventLoop", MinimumDegree: 0, FixedDegree: null, slots => new EventLoopStrategy(slots)) { StaysOnOneThread = true };

    public async Task RunAsync<TItem>(ChannelReader<TItem> items, IItemStages<TItem> stages, CancellationToken stopReading, CancellationToken abort)
    {
        using StrategyRun<TItem> run = new(items, stages, slots, stopReading, abort);
        LoopContext loop = new();
        Task thread = DedicatedThread.Start("ingest-loop", loop.Run);
        await new ElasticConsumers<TItem>(run, slots.Limit, run.ProcessAsync, consumer => loop.Post(static state => _ = ((Func<Task>)state!)(), consumer)).RunAsync();
        loop.Complete();
        await thread;
        run.ThrowIfFaulted();
    }
}
