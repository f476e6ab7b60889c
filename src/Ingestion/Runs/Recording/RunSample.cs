namespace Ingestion.Runs.Recording;

/// <summary>How a run stood at one moment.</summary>
/// <param name="At">When, from the start of the run.</param>
/// <param name="InFlight">Slots in use.</param>
/// <param name="ChannelDepth">Items in the channel.</param>
/// <param name="WaitingForRetry">Items in the retry queue.</param>
/// <param name="Limit">Degree of parallelism in force; 0 = no cap.</param>
public readonly record struct RunSample(TimeSpan At, int InFlight, int ChannelDepth, int WaitingForRetry, int Limit);
