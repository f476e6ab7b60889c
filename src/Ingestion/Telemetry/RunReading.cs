namespace Ingestion.Telemetry;

/// <summary>What the gauges show of a run at one moment.</summary>
/// <param name="ConcurrencyLimit">The degree of parallelism in force; 0 = no cap.</param>
/// <param name="GateClosedFor">How long the upstream gate has been closed; 0 while it is open.</param>
/// <param name="Repeat">The pause between two runs; null when there is only one.</param>
/// <param name="Progress">How much of the run is done, from 0 to 1; null while it is not known how much there is to do.</param>
/// <param name="OldestInFlight">How long the oldest attempt has been in flight; 0 when none is.</param>
internal readonly record struct RunReading(
    int InFlight, int ChannelDepth, int ChannelCapacity, int RetriesWaiting, int ConcurrencyLimit, TimeSpan GateClosedFor, TimeSpan? Repeat, double? Progress, TimeSpan OldestInFlight);
