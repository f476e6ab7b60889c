namespace Ingestion.Concurrency.ThreadPerItem;

/// <summary>A dedicated OS thread for each item, with blocking calls. Without a cap it takes as many threads as there are items.</summary>
internal sealed class ThreadPerItemStrategy : IConcurrencyStrategy
{
    public static StrategyDescriptor Descriptor { get; } = new("ThreadPerItem", MinimumDegree: 0, FixedDegree: null, new ThreadPerItemStrategy()) { BlocksThreads = true };

    public async Task RunAsync<TItem>(StrategyContext<TItem> context)
    {
        using CountdownEvent live = new(1);
        await DedicatedThread.Start("ingest-dispatcher", () =>
        {
            for (int number = 0; context.TakeAlone() is { } taken; number++)
            {
                live.AddCount();
                StartThread(context, taken, number, live);
            }

            live.Signal();
            live.Wait(CancellationToken.None);
        });
    }

    private static void StartThread<TItem>(StrategyContext<TItem> context, (TItem Item, int Slot) taken, int number, CountdownEvent live)
    {
        try
        {
            _ = DedicatedThread.Start($"ingest-item-{number}", () =>
            {
                context.Process(taken);
                live.Signal();
            });
        }
        catch (OutOfMemoryException exception)
        {
            context.Slots.Leave(taken.Slot);
            live.Signal();
            context.Fault(new InvalidOperationException(
                $"the operating system grants no thread beyond the {live.CurrentCount - 1} that are running; set Ingestion:DegreeOfParallelism to cap them", exception));
        }
    }
}
