using Ingestion.Runs;
using Ingestion.Runs.Advice;
using Ingestion.Storage;
using Ingestion.Tests.Runs.Advice;

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
            Figures = Measured.Run(items: 200, fetch: 96, transform: 24, persist: 40, gate: 600) with { RequestsPerSecond = 20 },
            Enough = 24,
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
