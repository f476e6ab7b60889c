namespace Ingestion.Concurrency;

/// <summary>Hears of every attempt made at the upstream. Safe from any thread.</summary>
internal interface IConcurrencyFeedback
{
    /// <summary>An attempt begins.</summary>
    /// <param name="now">On a clock that only goes forward.</param>
    void Started(TimeSpan now);

    /// <summary>It has ended.</summary>
    /// <param name="now">On the same clock.</param>
    /// <param name="latency">How long it took.</param>
    /// <param name="result">What it says about the load.</param>
    /// <param name="size">How much it was for, 1 or more: a larger one takes longer, whatever the load.</param>
    void Ended(TimeSpan now, TimeSpan latency, AttemptResult result, int size);
}
