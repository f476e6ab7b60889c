using Ingestion.Upstream;

namespace Ingestion.Runs.Attempts;

/// <summary>
/// Judges the failures of one item by what is known beyond them: how the other requests of the run end, and what the gate says of the upstream. An item fails for
/// what it alone is to blame for. Used by whoever has the item.
/// </summary>
internal readonly struct ItemRecovery(Run run, WorkItem item)
{
    /// <summary>A timer may fire this much early; what is left of an item's time then is not worth another attempt.</summary>
    private static readonly TimeSpan TimerTolerance = TimeSpan.FromMilliseconds(5);

    private const int MaxLooks = 5;

    /// <summary>What is left of the time the item may take in HTTP.</summary>
    public TimeSpan TimeLeft => run.UpstreamOptions.ItemTimeout - item.TimeUsed;

    /// <summary>The end of an item that was refused, once a request that was made later has been answered: then it is about the item. Null while that is not known.</summary>
    public ItemEnd? FindRefused()
    {
        if (item.Refusal is { } refusal && refusal.TimesRefused != run.Gate.TimesRefused)
            item.Refusal = null; // It was the client.
        return item.Refusal is { } own && run.Requests.HasAnsweredAfter(own.At) ? ItemEnd.Fail(own.Failure) : null;
    }

    /// <summary>
    /// Looks again at an item that was refused, when <see cref="FindRefused"/> does not know. The gate is made to ask for somebody who was answered before; where nobody was,
    /// few were refused, or the gate would be closed for it: they are to blame if no others are left. Null when the item is to wait at the gate.
    /// </summary>
    public ItemEnd? LookAgain()
    {
        if (item.Refusal is not { } refusal)
            return null;
        item.Refusal = refusal = refusal with { Looks = refusal.Looks + 1 };
        if (refusal.Looks >= MaxLooks)
            return ItemEnd.Fail(refusal.Failure);
        if (run.Gate.TryDoubt(item.Key))
            return null;

        return run.Queue.HasOnlyRetried ? ItemEnd.Fail(refusal.Failure) : Keep(refusal);
    }

    /// <summary>Decides about a request that failed.</summary>
    /// <param name="timesRefused">What the gate's <see cref="IUpstreamGate.TimesRefused"/> was before it.</param>
    public ItemEnd Decide(FetchFailure failure, bool isProbe, TimeSpan took, int timesRefused)
    {
        item.Refusal = null;
        if (failure is { IsRefusal: true, AsksForPause: false })
            return run.Gate.IsRefused ? Postpone(failure) : Keep(new PendingRefusal(failure, run.Requests.Next(), timesRefused));

        if (Recoverability.IsTransient(failure) && !Recoverability.IsCounted(failure, isProbe) && IsPutOffAlone())
            return ItemEnd.Fail($"{failure.Reason}, {item.Attempts} times while others were answered", failure.Answer);

        bool isTimeUp = TimeLeft - took <= TimerTolerance;
        RecoverabilityAction action = Recoverability.Decide(failure, item.CountedFailures + 1, run.UpstreamOptions.MaxAttempts, isTimeUp, isProbe, Random.Shared.NextDouble());
        if (action.IsCounted)
        {
            item.CountedFailures++;
            item.TimeUsed += took;
        }

        if (action.IsRetry)
            return ItemEnd.Retry(failure.Reason, action.Delay);

        return ItemEnd.Fail(
            isTimeUp && Recoverability.IsTransient(failure) ? $"the time of Upstream:ItemTimeout ({run.UpstreamOptions.ItemTimeout}) is used up; the last attempt: {failure.Reason}" : failure.Reason,
            failure.Answer);
    }

    /// <summary>Puts the item off: the request was not made, or its failure says nothing about the item.</summary>
    public ItemEnd Postpone(FetchFailure failure) =>
        ItemEnd.Retry(failure.Reason, Recoverability.Postpone(failure, item.CountedFailures, Random.Shared.NextDouble()).Delay);

    // Without a slot, and soon: mostly somebody else is answered meanwhile.
    private ItemEnd Keep(PendingRefusal refusal)
    {
        item.Refusal = refusal;
        item.RequestLimit = 1;
        return ItemEnd.Retry(refusal.Failure.Reason, Recoverability.BackOff(refusal.Looks + 1, Random.Shared.NextDouble()));
    }

    private bool IsPutOffAlone()
    {
        item.PutOffs.Add(run.Requests.Counts);
        run.Requests.PutOff();
        return item.PutOffs.AreItsOwn(run.UpstreamOptions.MaxAttempts);
    }
}
