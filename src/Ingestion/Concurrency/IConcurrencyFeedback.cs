namespace Ingestion.Concurrency;

/// <summary>Hears of every attempt made at the upstream. Safe from any thread.</summary>
internal interface IConcurrencyFeedback
{
    /// <summary>Whether back-pressure cannot make the limit any lower.</summary>
    bool IsAtFloor { get; }

    /// <summary>An attempt begins.</summary>
    /// <param name="now">On a clock that only goes forward.</param>
    void Started(TimeSpan now);

    /// <summary>It has ended.</summary>
    /// <param name="now">On the same clock.</param>
    /// <param name="attempt">What came of it.</param>
    void Ended(TimeSpan now, AttemptEnd attempt);
}
