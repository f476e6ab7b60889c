namespace Ingestion.Runs.Attempts;

/// <summary>
/// The times that requests are compared by, across processes: the wall clock, but one that is set back while the process runs goes on from where it was. What is asked for then would count as older than
/// what is stored. Ahead does no harm: the database takes no request to be of the future.
/// </summary>
internal sealed class RequestClock(TimeProvider time)
{
    private readonly long _startedAt = time.GetTimestamp();
    private long _ahead = long.MinValue;

    public DateTimeOffset Now
    {
        get
        {
            TimeSpan elapsed = time.GetElapsedTime(_startedAt);
            long ahead = (time.GetUtcNow() - elapsed).UtcTicks;
            for (long known = Interlocked.Read(ref _ahead); known < ahead; known = Interlocked.Read(ref _ahead))
                Interlocked.CompareExchange(ref _ahead, ahead, known);
            return new DateTimeOffset(Interlocked.Read(ref _ahead), TimeSpan.Zero) + elapsed;
        }
    }
}
