namespace Ingestion.Concurrency.Sequential;

/// <summary>One item after the other on one thread, with blocking calls. The yardstick.</summary>
internal sealed class SequentialStrategy : IConcurrencyStrategy
{
    public static StrategyDescriptor Descriptor { get; } = new("Sequential", MinimumDegree: 0, FixedDegree: 1, new SequentialStrategy()) { StaysOnOneThread = true, BlocksThreads = true };

    public Task RunAsync<TItem>(StrategyContext<TItem> context) => DedicatedThread.Start("ingest-sequential", () =>
    {
        while (context.Take() is { } taken)
            context.Process(taken);
    });
}
