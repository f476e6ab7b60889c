namespace Ingestion.Concurrency.Async;

/// <summary>Competing async consumers on the .NET thread pool.</summary>
internal sealed class AsyncStrategy : IConcurrencyStrategy
{
    public static StrategyDescriptor Descriptor { get; } = new("Async", MinimumDegree: 0, FixedDegree: null, new AsyncStrategy());

    public Task RunAsync<TItem>(StrategyContext<TItem> context) =>
        new ElasticConsumers<TItem>(context, taken => context.ProcessAsync(taken), consumer => _ = Task.Run(consumer, CancellationToken.None)).RunAsync();
}
