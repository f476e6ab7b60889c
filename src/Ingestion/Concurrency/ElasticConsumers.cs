namespace Ingestion.Concurrency;

/// <summary>
/// Competing consumers whose number follows the work: whoever takes an item makes sure that one more consumer waits, up to the limit, and a
/// consumer that would wait beside another one leaves. So "no cap" needs no number, and an item never wakes a crowd.
/// </summary>
/// <param name="context">Where the items come from. Its limit is the most consumers there may be.</param>
/// <param name="consume">Handles one item; must not throw.</param>
/// <param name="start">Starts a consumer where the strategy wants it to run, never on the calling stack.</param>
internal sealed class ElasticConsumers<TItem>(StrategyContext<TItem> context, Func<(TItem Item, int Slot), ValueTask> consume, Action<Func<Task>> start)
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrencyLimit _limit = context.Slots.Limit;
    private int _consumers;
    private int _waiting;

    /// <summary>Completes when the run is over and the last consumer has left.</summary>
    public async Task RunAsync()
    {
        _limit.Changed += AddOneIfNoneWaits;
        try
        {
            AddOneIfNoneWaits();
            await _ended.Task;
        }
        finally
        {
            _limit.Changed -= AddOneIfNoneWaits;
        }
    }

    private async Task ConsumeAsync()
    {
        while (true)
        {
            if (await context.TakeAsync() is not { } taken)
                break;

            lock (_lock)
                _waiting--;
            AddOneIfNoneWaits();
            await consume(taken);
            if (!Stays())
                return;
        }

        Leave();
    }

    private void AddOneIfNoneWaits()
    {
        lock (_lock)
        {
            if (_ended.Task.IsCompleted || _waiting > 0 || _consumers >= _limit.Cap)
                return;

            _consumers++;
            _waiting++;
        }

        // The limit may have changed in the middle of an attempt: its activity is not that of what the consumer will do.
        using (ExecutionContext.SuppressFlow())
            start(ConsumeAsync);
    }

    /// <summary>After an item: goes on if there are items to take or nobody else waits for them.</summary>
    private bool Stays()
    {
        lock (_lock)
        {
            bool isSurplus = _consumers > _limit.Cap || (_waiting > 0 && !context.HasItemWaiting);
            if (!isSurplus)
            {
                _waiting++;
                return true;
            }

            _consumers--;
            return false;
        }
    }

    private void Leave()
    {
        lock (_lock)
        {
            _waiting--;
            if (--_consumers > 0)
                return;
        }

        _ended.TrySetResult();
    }
}
