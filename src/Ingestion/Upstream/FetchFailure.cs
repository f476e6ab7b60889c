namespace Ingestion.Upstream;

/// <summary>Why one attempt failed.</summary>
/// <param name="Kind">The class of failure; recoverability decides by it.</param>
/// <param name="Reason">One sentence for a person, without secrets and without what does not print.</param>
/// <param name="RetryAfter">The pause the upstream asked for, when it did.</param>
/// <param name="StatusCode">The HTTP status, when there was an answer.</param>
internal sealed record FetchFailure(FetchFailureKind Kind, string Reason, TimeSpan? RetryAfter = null, int? StatusCode = null)
{
    /// <summary>What a person may do when all requests fail like this: one sentence without a full stop, or null.</summary>
    public string? Advice { get; init; }

    /// <summary>The answer, when there was one.</summary>
    public AnswerExcerpt? Answer { get; init; }

    /// <summary>It shows by itself that the client, or how it is configured, is the cause and not the item.</summary>
    public bool IsAboutClient { get; init; }

    /// <summary>What came back is not HTTP at all; often it is TLS.</summary>
    public bool IsNotHttp { get; init; }

    /// <summary>The upstream asked for a pause that is not over yet.</summary>
    public bool AsksForPause => RetryAfter > TimeSpan.Zero;

    /// <summary>
    /// The upstream does not want this request, now or later. One item alone may be the cause; when all requests are refused it is the client.
    /// Of 404 and 410 the item is the cause in any case.
    /// </summary>
    public bool IsRefusal => IsNotHttp || Kind is FetchFailureKind.RedirectRefused || (Kind == FetchFailureKind.ClientError && StatusCode is not (404 or 410));

    /// <summary>Nothing came back that an HTTP server could have said.</summary>
    public bool IsSilence => IsNotHttp || Kind is FetchFailureKind.Timeout or FetchFailureKind.ConnectionFailed or FetchFailureKind.ConnectionLost;
}
