namespace Ingestion.Upstream;

/// <summary>Classes of failed attempts, after the failure table of docs/failures.md.</summary>
internal enum FetchFailureKind
{
    /// <summary>The attempt took longer than <c>Upstream:AttemptTimeout</c>, body included.</summary>
    Timeout,

    /// <summary>No connection: refused, unreachable, name not resolved, TLS handshake failed.</summary>
    ConnectionFailed,

    /// <summary>The connection broke, or the body ended early.</summary>
    ConnectionLost,

    /// <summary>408.</summary>
    RequestTimeout,

    /// <summary>429.</summary>
    TooManyRequests,

    /// <summary>5xx.</summary>
    ServerError,

    /// <summary>4xx other than 404, 408 and 429.</summary>
    ClientError,

    /// <summary>The body is larger than <c>Upstream:MaxResponseBytes</c>.</summary>
    BodyTooLarge,

    /// <summary>A redirect to another host, or one too many.</summary>
    RedirectRefused,

    /// <summary>Anything else the HTTP specification would not lead one to expect here.</summary>
    UnexpectedResponse,
}
