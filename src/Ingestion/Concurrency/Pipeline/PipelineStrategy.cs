namespace Ingestion.Concurrency.Pipeline;

/// <summary>
/// Three stages with bounded channels between them: async fetches with DOP in flight, the CPU-bound transform on a thread for each core, and
/// persists that wait for their commit together. A slot is a fetch in flight; it is given back when the transform stage has taken the item over.
/// </summary>
internal sealed class PipelineStrategy : IConcurrencyStrategy
{
    /// <summary>Persists that may wait for their commit at once: enough for a group commit to be worth it, few enough to bound memory.</summary>
    private const int MaxPersistsInFlight = 512;

    public static StrategyDescriptor Descriptor { get; } = new("Pipeline", MinimumDegree: 1, FixedDegree: null, new PipelineStrategy()) { MaxPersistsBeyondSlot = MaxPersistsInFlight };

    public async Task RunAsync<TItem>(StrategyContext<TItem> context)
    {
        int cores = Environment.ProcessorCount;
        int maxPersists = Descriptor.PersistsBeyondSlot(context.ItemsPerAttempt);

        // Capacity: a fetched item waiting for each core, so that none idles while another fetch ends. Full mode: the fetch keeps its slot
        // and waits, which is the back-pressure. Writers: the fetches. Readers: the transform threads.
        Channel<IItemAttempt> fetched = Channel.CreateBounded<IItemAttempt>(new BoundedChannelOptions(cores) { FullMode = BoundedChannelFullMode.Wait });
        using SemaphoreSlim persists = new(maxPersists);

        Task[] transforms = [.. Enumerable.Range(0, cores).Select(core =>
            DedicatedThread.Start($"ingest-transform-{core}", () => TransformAll(context, fetched.Reader, persists)))];

        await new ElasticConsumers<TItem>(
            context, taken => FetchAsync(context, taken, fetched.Writer), consumer => _ = Task.Run(consumer, CancellationToken.None)).RunAsync();
        fetched.Writer.Complete();
        await Task.WhenAll(transforms);
        for (int i = 0; i < maxPersists; i++)
            await persists.WaitAsync(CancellationToken.None);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask FetchAsync<TItem>(StrategyContext<TItem> context, (TItem Item, int Slot) taken, ChannelWriter<IItemAttempt> fetched)
    {
        if (await context.FetchAsync(taken) is { } attempt)
            await fetched.WriteAsync(attempt, CancellationToken.None);
        context.Slots.Leave(taken.Slot);
    }

    private static void TransformAll<TItem>(StrategyContext<TItem> context, ChannelReader<IItemAttempt> fetched, SemaphoreSlim persists)
    {
        Action ended = () => persists.Release();
        while (fetched.WaitToReadAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult())
        {
            while (fetched.TryRead(out IItemAttempt? attempt))
            {
                if (!context.Transform(attempt))
                    continue;

                persists.Wait(CancellationToken.None);
                _ = context.PersistAsync(attempt, ended);
            }
        }
    }
}
