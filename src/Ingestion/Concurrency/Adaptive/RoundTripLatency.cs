namespace Ingestion.Concurrency.Adaptive;

/// <summary>The latencies of one round trip.</summary>
/// <param name="Answers">How many there are.</param>
/// <param name="Seconds">Their mean.</param>
/// <param name="Baseline">What it would be if nothing queued, in seconds.</param>
/// <param name="Ratio">How many times that they are; 0 without answers.</param>
/// <param name="Error">The standard error of the ratio.</param>
internal readonly record struct RoundTripLatency(int Answers, double Seconds, double Baseline, double Ratio, double Error);
