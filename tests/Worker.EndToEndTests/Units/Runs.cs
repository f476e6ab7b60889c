using Ingestion.Runs;
using Ingestion.Storage;

namespace Worker.EndToEndTests.Units;

/// <summary>Made-up runs.</summary>
internal static class Runs
{
    public static RunSummary Summary(long ingested = 10, long failed = 0, bool isComplete = true) => new()
    {
        RunId = Guid.CreateVersion7(),
        Source = "ids:1-2000",
        Strategy = "Async",
        DegreeOfParallelism = 16,
        Requested = isComplete ? ingested + failed : 2_000,
        Counts = new OutcomeCounts(ingested, 0, 0, failed),
        AlreadyDone = 0,
        Retries = 0,
        Elapsed = TimeSpan.FromSeconds(2),
        MaxInFlight = 16,
        DistinctThreads = 4,
        BoundBy = BoundBy.RateLimit,
        IsComplete = isComplete,
    };
}
