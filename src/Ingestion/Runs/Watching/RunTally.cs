using Ingestion.Storage;

namespace Ingestion.Runs.Watching;

/// <summary>Counts outcomes, retries and requests while a run goes on. Safe from any thread.</summary>
internal sealed class RunTally(OutcomeCounts alreadyDone)
{
    // In the order of the enumeration.
    private readonly long[] _outcomes = [alreadyDone.Ingested, alreadyDone.Unchanged, alreadyDone.NotFound, alreadyDone.Failed];
    private long _retries;
    private long _requests;

    public OutcomeCounts Counts => new(Read(Outcome.Ingested), Read(Outcome.Unchanged), Read(Outcome.NotFound), Read(Outcome.Failed));

    public long Retries => Interlocked.Read(ref _retries);

    public long Requests => Interlocked.Read(ref _requests);

    public void AddRequest() => Interlocked.Increment(ref _requests);

    public void Add(Outcome outcome) => Interlocked.Increment(ref _outcomes[(int)outcome]);

    public void AddRetry() => Interlocked.Increment(ref _retries);

    private long Read(Outcome outcome) => Interlocked.Read(ref _outcomes[(int)outcome]);
}
