using Ingestion.Concurrency;

namespace LimiterComparison;

/// <summary>An algorithm that finds a limit. Called by one thread.</summary>
internal interface ILimiter : IConcurrencyFeedback
{
    int Limit { get; }
}
