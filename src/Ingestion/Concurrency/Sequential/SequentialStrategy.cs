namespace Ingestion.Concurrency.Sequential;

/// <summary>One item after the other on one thread, with blocking calls. The yardstick.</summary>
internal sealed class SequentialStrategy : IConcurrencyStrategy
{
    public static StrategyDescriptor Descriptor { get; } = new("Sequential", MinimumDegree: 0, FixedDegree: 1, new SequentialStrategy()) { StaysOnOneThread = true, BlocksThreads = true };

    public Task RunAsync<TItem>(StrategyRun<TItem> run) => DedicatedThread.Start("ingest-sequential", () =>
    {
        while (run.Take() is { } taken)
            run.Process(taken);
    });
}
