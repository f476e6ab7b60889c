namespace Ingestion.Upstream;

/// <summary>Why one attempt failed.</summary>
/// <param name="Kind">The class of failure; recoverability decides by it.</param>
/// <param name="Reason">One sentence for a person, without secrets and without control characters.</param>
/// <param name="RetryAfter">How long the upstream asked to be left alone, when it did.</param>
/// <param name="StatusCode">The HTTP status, when there was an answer.</param>
internal sealed record FetchFailure(FetchFailureKind Kind, string Reason, TimeSpan? RetryAfter = null, int? StatusCode = null);
