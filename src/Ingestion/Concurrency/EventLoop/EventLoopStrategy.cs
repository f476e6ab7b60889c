namespace Ingestion.Concurrency.EventLoop;

/// <summary>
/// One thread runs every continuation of every item, with non-blocking I/O. CPU work stalls the loop, and everything with it.
/// </summary>
internal sealed class EventLoopStrategy : IConcurrencyStrategy
{
    public static StrategyDescriptor Descriptor { get; } = new("EventLoop", MinimumDegree: 0, FixedDegree: null, new EventLoopStrategy()) { StaysOnOneThread = true };

    public async Task RunAsync<TItem>(StrategyContext<TItem> context)
    {
        LoopContext loop = new();
        Task thread = DedicatedThread.Start("ingest-loop", loop.Run);
        await new ElasticConsumers<TItem>(context, taken => context.ProcessAsync(taken), consumer => loop.Post(static state => _ = ((Func<Task>)state!)(), consumer)).RunAsync();
        loop.Complete();
        await thread;
    }
}
