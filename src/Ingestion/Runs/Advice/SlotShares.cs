using Ingestion.Runs.Recording;

namespace Ingestion.Runs.Advice;

/// <summary>Where the time of the slots went, as shares from 0 to 1 that add up to 1.</summary>
/// <param name="Upstream">Waiting for answers, and the configured <c>Ingestion:Delay</c>.</param>
/// <param name="Computing">Parsing, validating, fingerprinting.</param>
/// <param name="Database">Waiting for the commit.</param>
/// <param name="Gate">Waiting at the closed upstream gate, or for the rate limit.</param>
/// <param name="Idle">No item was in the slot, or one that waited for the next stage to take it over.</param>
public readonly record struct SlotShares(double Upstream, double Computing, double Database, double Gate, double Idle)
{
    /// <param name="inSlot">Time by stage in the slots.</param>
    /// <param name="slotTime">Time of all slots, used or not.</param>
    internal static SlotShares Of(StageTimes inSlot, TimeSpan slotTime)
    {
        TimeSpan all = slotTime > inSlot.Total ? slotTime : inSlot.Total;
        return all == TimeSpan.Zero
            ? new SlotShares(0, 0, 0, 0, 1)
            : new SlotShares((inSlot.Fetch + inSlot.Delay) / all, inSlot.Transform / all, inSlot.Persist / all, inSlot.Gate / all, (all - inSlot.Total) / all);
    }
}
