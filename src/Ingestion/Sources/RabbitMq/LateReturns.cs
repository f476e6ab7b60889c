namespace Ingestion.Sources.RabbitMq;

/// <summary>Gives back in time what the broker would take back by itself, with everything else on the channel.</summary>
internal sealed class LateReturns(ConsumerSession session, Outbox outbox, TimeSpan returnAfter, TimeProvider time, ILogger logger)
{
    public async Task RunAsync(CancellationToken closed)
    {
        TimeSpan interval = TimeSpan.FromTicks(Math.Min(returnAfter.Ticks / 10, TimeSpan.TicksPerMinute));
        while (!closed.IsCancellationRequested)
        {
            await Task.WhenAny(Task.Delay(interval, time, closed));
            foreach (Delivery delivery in session.Held.OlderThan(returnAfter))
            {
                if (delivery.TryReturn(out QueueMessage? left))
                    session.Start(() => ReturnAsync(delivery, left, closed));
            }
        }
    }

    /// <summary>Each return counts against the delivery limit; a new message with what is left begins at 0. It goes back as it is when the broker takes none.</summary>
    private async Task ReturnAsync(Delivery delivery, QueueMessage? left, CancellationToken closed)
    {
        QueueLog.MessageReturned(logger, returnAfter, left?.Count ?? 0, delivery.Ids, session.Queue);
        bool isSent = false;
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(closed);
        enough.CancelAfter(returnAfter / 4);
        try
        {
            isSent = left is not null && await outbox.SendAsync(delivery, "", left.Encode(), delivery.Trace, enough.Token);
        }
        catch (Exception exception) when (BrokerProblem.IsOfBroker(exception))
        {
            // The user may not send it there.
        }

        await session.SettleAsync(delivery, isDone: isSent);
    }
}
