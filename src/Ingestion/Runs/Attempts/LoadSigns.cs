using System.Net;
using Ingestion.Concurrency;
using Ingestion.Upstream;

namespace Ingestion.Runs.Attempts;

/// <summary>Reads from what came of a request how the upstream handles its load.</summary>
internal static class LoadSigns
{
    private const int BytesPerSize = 1024;

    /// <param name="result">Null when the request was aborted.</param>
    public static AttemptEnd Of(FetchResult? result, TimeSpan latency, int items) => result switch
    {
        null => new AttemptEnd(AttemptResult.Neutral, latency),
        { Failure: { } failure } => new AttemptEnd(Of(failure), latency, Pause: failure.RetryAfter ?? TimeSpan.Zero),
        { Body: var body } => new AttemptEnd(AttemptResult.Answered, latency, Math.Max(items, body.Length / BytesPerSize)),
    };

    /// <summary>Whether the upstream only said that these were too many at once, and asked for no pause.</summary>
    public static bool IsRejectionWithoutPause(FetchFailure failure) =>
        failure is { Kind: FetchFailureKind.TooManyRequests, AsksForPause: false };

    private static AttemptResult Of(FetchFailure failure) => failure switch
    {
        { Kind: FetchFailureKind.TooManyRequests } or { StatusCode: (int)HttpStatusCode.ServiceUnavailable } => AttemptResult.Rejected,
        { Kind: FetchFailureKind.Timeout or FetchFailureKind.RequestTimeout or FetchFailureKind.ConnectionFailed or FetchFailureKind.ConnectionLost } => AttemptResult.Lost,
        _ => AttemptResult.Neutral,
    };
}
