namespace Ingestion.Runs.Attempts;

/// <summary>How the requests of a run ended, in the order they were made: what the failure of one item is held against. Safe from any thread.</summary>
internal sealed class RequestBook
{
    private long _places;
    private long _latestAnswered;
    private long _answered;
    private long _putOff;

    /// <summary>How many requests were answered, and how many put off without being counted.</summary>
    public (long Answered, long PutOff) Counts => (Interlocked.Read(ref _answered), Interlocked.Read(ref _putOff));

    /// <summary>The next place: of a request that begins, or of a refusal.</summary>
    public long Next() => Interlocked.Increment(ref _places);

    /// <summary>A request was answered, with a record or by saying that there is none.</summary>
    public void Answered(long place)
    {
        // Of two at once either will do: without a later one somebody is asked again.
        Interlocked.Increment(ref _answered);
        if (place > Interlocked.Read(ref _latestAnswered))
            Interlocked.Exchange(ref _latestAnswered, place);
    }

    public void PutOff() => Interlocked.Increment(ref _putOff);

    public bool HasAnsweredAfter(long place) => Interlocked.Read(ref _latestAnswered) > place;
}
