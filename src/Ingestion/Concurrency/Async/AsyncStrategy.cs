namespace Ingestion.Concurrency.Async;

/// <summary>Competing async consumers on the .NET thread pool.</summary>
internal sealed class AsyncStrategy : IConcurrencyStrategy
{
    public static StrategyDescriptor Descriptor { get; } = new("Async", MinimumDegree: 0, FixedDegree: null, new AsyncStrategy());

    public Task RunAsync<TItem>(StrategyRun<TItem> run) =>
        new ElasticConsumers<TItem>(run, taken => run.ProcessAsync(taken), consumer => _ = Task.Run(consumer, CancellationToken.None)).RunAsync();
}
