namespace Ingestion.Runs.Recording;

/// <summary>How a run stood at one moment.</summary>
/// <param name="At">When, from the start of the run.</param>
/// <param name="InFlight">Slots in use.</param>
/// <param name="ChannelDepth">Items in the channel.</param>
/// <param name="WaitingForRetry">Items in the retry queue.</param>
/// <param name="Limit">Degree of parallelism in force; 0 = no cap.</param>
/// <param name="Supply">Where the next items may come from.</param>
/// <param name="Left">Items that the source has delivered and that have not ended.</param>
/// <param name="Retried">Those of them that are at their second attempt or a later one, or wait for it.</param>
/// <param name="IsStorageAway">The database does not answer, and the run waits.</param>
/// <param name="IsPaused">Somebody has asked for no new attempts.</param>
public readonly record struct RunSample(
    TimeSpan At, int InFlight, int ChannelDepth, int WaitingForRetry, int Limit, Supply Supply = Supply.Feeding, long Left = 0, long Retried = 0,
    bool IsStorageAway = false, bool IsPaused = false)
{
    /// <summary>What the run had done and used up; null where nobody asks.</summary>
    internal RunUse? Used { get; init; }
}
