namespace Ingestion.Concurrency.ThreadPool;

/// <summary>As many dedicated threads as the degree of parallelism take items from the channel, with blocking calls. Not the .NET thread pool, whose size the runtime decides.</summary>
internal sealed class ThreadPoolStrategy : IConcurrencyStrategy
{
    public static StrategyDescriptor Descriptor { get; } = new("ThreadPool", MinimumDegree: 1, FixedDegree: null, new ThreadPoolStrategy()) { BlocksThreads = true };

    public Task RunAsync<TItem>(StrategyContext<TItem> context) => new Crew(
        context.Slots.Limit,
        isSurplus =>
        {
            while (!isSurplus() && context.Take() is { } taken)
                context.Process(taken);
        },
        context.Fault).RunAsync();
}
