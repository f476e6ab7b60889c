using Ingestion.Runs;
using Ingestion.Runs.Advice;
using Ingestion.Storage;

namespace Worker.Tests;

/// <summary>Made-up runs.</summary>
internal static class Runs
{
    public static RunSummary Summary(long ingested = 10, long failed = 0, bool isComplete = true) => new(
        RunId: Guid.CreateVersion7(),
        Source: "ids:1-2000",
        Strategy: "Async",
        DegreeOfParallelism: 16,
        Requested: isComplete ? ingested + failed : 2_000,
        Counts: new OutcomeCounts(ingested, 0, 0, failed),
        AlreadyDone: 0,
        Retries: 0,
        Elapsed: TimeSpan.FromSeconds(2),
        MaxInFlight: 16,
        DistinctThreads: 4,
        Advice: new RunAdvice
        {
            BoundBy = BoundBy.RateLimit,
            Shares = new SlotShares(0.12, 0.03, 0.05, 0.75, 0.05),
            Sentences = ["Of the slots, 24 are enough."],
            SuggestedDegree = 24,
        },
        IsComplete: isComplete,
        StageTimes: default,
        Resources: default,
        ConcurrencyLimit: null,
        FailAbove: default,
        TraceId: null,
        Slowest: [],
        Recording: null,
        UpstreamProblem: null,
        SourceProblem: null,
        IsOnce: false);
}
