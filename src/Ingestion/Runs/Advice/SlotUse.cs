using Ingestion.Runs.Recording;

namespace Ingestion.Runs.Advice;

/// <summary>What a run's slots had to do, and why they had nothing to do when they were free. Slot time is that of all slots together.</summary>
public sealed record SlotUse
{
    /// <summary>The share of the slots up to which, when work has run out, what is left counts as the tail of the run.</summary>
    private const double Few = 0.25;

    /// <summary>From the start to the end, or to when the run was told to stop; without the time it was paused.</summary>
    public TimeSpan Watched { get; private set; }

    /// <summary>Time of all slots there might have been.</summary>
    public TimeSpan SlotTime { get; private set; }

    /// <summary>Slots there might have been, on average.</summary>
    public double Slots => Watched > TimeSpan.Zero ? SlotTime / Watched : 0;

    /// <summary>Slot time with an item in the slot.</summary>
    public TimeSpan Occupied { get; private set; }

    /// <summary>How long too few items for a request were waiting for a slot although the source might have had more: it is not faster than the slots.</summary>
    public TimeSpan Unfed { get; private set; }

    /// <summary>Slot time without an item, because the source had not delivered any.</summary>
    public TimeSpan WithoutInput { get; private set; }

    /// <summary>Slot time without an item, because all there were waited for their next attempt.</summary>
    public TimeSpan WaitingForRetries { get; private set; }

    /// <summary>How long, at the end, only retries were left.</summary>
    public TimeSpan RetryTail { get; private set; }

    /// <summary>How many items these were.</summary>
    public long RetriedAtEnd { get; private set; }

    /// <summary>How long, at the end, no more than a few slots had anything to do because the work had run out, or only retries were left.</summary>
    public TimeSpan Tail { get; private set; }

    /// <summary>Slots in use in the tail, on average.</summary>
    public double BusyInTail { get; private set; }

    /// <summary>When the tail began, if there is one: else the end, or when the run was told to stop.</summary>
    public TimeSpan Until { get; private set; }

    /// <summary>When the source had delivered everything, or the end; null when it ever had to wait for the slots: then it might have been faster.</summary>
    public TimeSpan? FedUntil { get; private set; }

    /// <summary>How long the database was away.</summary>
    public TimeSpan StorageAway { get; private set; }

    /// <param name="samples">How the run stood, from moment to moment.</param>
    /// <param name="elapsed">How long it took.</param>
    /// <param name="slots">How many slots there are where their number has no limit.</param>
    /// <param name="enough">How many items have to wait for a slot to fill the next request.</param>
    /// <param name="capacity">How many may wait before the source waits.</param>
    /// <param name="isResumed">Whether the source delivers what is done already once more: until the first of the others comes, the run is not watched.</param>
    internal static SlotUse Of(IReadOnlyList<RunSample> samples, TimeSpan elapsed, int slots, int enough = 1, int capacity = int.MaxValue, bool isResumed = false)
    {
        SlotUse use = new() { Watched = elapsed, StorageAway = new(Enumerable.Range(0, samples.Count).Sum(i => samples[i].IsStorageAway ? TimeOf(i).Ticks : 0)) };
        TimeSpan? tail = null, retryTail = null;
        TimeSpan occupiedBefore = TimeSpan.Zero, paused = TimeSpan.Zero;
        for (int i = 0; i < samples.Count; i++)
        {
            RunSample sample = samples[i];
            isResumed = isResumed && sample.InFlight + sample.ChannelDepth + sample.Left == 0;
            if (sample.IsPaused || isResumed)
            {
                paused += TimeOf(i);
                continue;
            }

            if (sample.Supply == Supply.Stopped)
            {
                use.Watched = sample.At;
                break;
            }

            int limit = sample.Limit > 0 ? sample.Limit : slots;
            bool isOut = sample is { Supply: Supply.Ended, ChannelDepth: 0 };
            bool isRetrying = sample.Supply == Supply.Ended && sample.Left <= sample.Retried;
            if (!isRetrying)
                retryTail = null;
            else if (sample.Left > 0 && retryTail is null)
                (retryTail, use.RetriedAtEnd) = (sample.At, sample.Left);

            if (!isRetrying && !(isOut && sample.InFlight <= limit * Few))
                tail = null;
            else if (tail is null)
                (tail, occupiedBefore) = (sample.At, use.Occupied);
            use.Add(sample, limit, TimeOf(i), isRetrying, enough);
        }

        bool hasWaited = samples.Any(sample => sample.Supply == Supply.HeldBack || (sample.Supply == Supply.Feeding && sample.ChannelDepth >= capacity));
        use.FedUntil = hasWaited ? null : samples.FirstOrDefault(sample => sample.Supply != Supply.Feeding, new RunSample { At = elapsed }).At;
        use.RetryTail = use.Watched - (retryTail ?? use.Watched);
        use.Until = tail ?? use.Watched;
        use.Tail = use.Watched - use.Until;
        use.BusyInTail = use.Tail > TimeSpan.Zero ? (use.Occupied - occupiedBefore) / use.Tail : 0;
        use.Watched -= paused;
        return use;

        TimeSpan TimeOf(int i) => (i + 1 < samples.Count ? samples[i + 1].At : elapsed) - samples[i].At;
    }

    private void Add(RunSample sample, int limit, TimeSpan time, bool isRetrying, int enough)
    {
        TimeSpan idle = Math.Max(0, limit - sample.InFlight) * time;
        Occupied += sample.InFlight * time;
        SlotTime += Math.Max(limit, sample.InFlight) * time;
        if (sample.ChannelDepth >= enough)
            return;

        if (isRetrying || sample.Supply == Supply.HeldBack)
            WaitingForRetries += idle;
        else if (sample.Supply == Supply.Feeding)
            (Unfed, WithoutInput) = (Unfed + time, WithoutInput + idle);
    }
}
