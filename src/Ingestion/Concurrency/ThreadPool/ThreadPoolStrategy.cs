namespace Ingestion.Concurrency.ThreadPool;

/// <summary>DOP dedicated worker threads take items from the channel, with blocking calls.</summary>
internal sealed class ThreadPoolStrategy : IConcurrencyStrategy
{
    public static StrategyDescriptor Descriptor { get; } = new("ThreadPool", MinimumDegree: 1, FixedDegree: null, new ThreadPoolStrategy()) { BlocksThreads = true };

    public Task RunAsync<TItem>(StrategyRun<TItem> run) => new Crew(
        run.Slots.Limit,
        isSurplus =>
        {
            while (!isSurplus() && run.Take() is { } taken)
                run.Process(taken);
        },
        run.Fault).RunAsync();
}
