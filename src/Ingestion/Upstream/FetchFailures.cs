using System.Net.Sockets;
using System.Security.Authentication;
using Ingestion.Characters;

namespace Ingestion.Upstream;

/// <summary>Classifies what went wrong, and says it in one line.</summary>
internal static class FetchFailures
{
    public static FetchFailure Timeout(TimeSpan timeout) => new(FetchFailureKind.Timeout, $"no complete answer within {timeout}");

    public static FetchFailure TooLarge(int limit) =>
        new(FetchFailureKind.BodyTooLarge, $"the body is larger than Upstream:MaxResponseBytes ({limit} bytes)");

    public static FetchFailure EncodingRefused(string encoding) => new(
        FetchFailureKind.UnexpectedResponse, $"the body is encoded as '{Excerpt.Of(encoding, 40)}', which was not asked for");

    public static FetchFailure NotTheApi(Uri baseAddress) => new(FetchFailureKind.ClientError,
        $"HTTP 404 without the API's JSON: check Upstream:BaseAddress ({Display(baseAddress)})", StatusCode: 404);

    public static FetchFailure RedirectRefused(Uri from, Uri? to) => new(FetchFailureKind.RedirectRefused, to switch
    {
        null => "a redirect without a usable Location",
        _ when UpstreamAddress.IsSameServer(from, to) => $"more than {UpstreamAddress.MaxRedirects} redirects",
        _ => Excerpt.Of($"a redirect to another server is not followed: {Display(to)}"),
    });

    /// <param name="response">An answer that is neither 200 nor 404.</param>
    /// <param name="maxRetryAfter">However long the upstream asks for: after this it is asked again.</param>
    /// <param name="time">The clock that a <c>Retry-After</c> with a date is read against.</param>
    public static FetchFailure FromStatus(HttpResponseMessage response, TimeSpan maxRetryAfter, TimeProvider time)
    {
        int status = (int)response.StatusCode;
        FetchFailureKind kind = status switch
        {
            408 => FetchFailureKind.RequestTimeout,
            429 => FetchFailureKind.TooManyRequests,
            >= 500 and <= 599 => FetchFailureKind.ServerError,
            >= 400 and <= 499 => FetchFailureKind.ClientError,
            _ => FetchFailureKind.UnexpectedResponse,
        };
        string reason = kind == FetchFailureKind.UnexpectedResponse ? $"HTTP {status}, which is no answer to this request" : $"HTTP {status}";
        return new FetchFailure(kind, reason, Recoverability.IsTransient(kind) ? RetryAfter(response, maxRetryAfter, time) : null, status);
    }

    /// <summary>Null for an exception that is not about the exchange: a defect.</summary>
    public static FetchFailure? FromException(Exception exception, Uri address)
    {
        string server = $"{address.Host}:{address.Port}";
        return exception switch
        {
            // The pool's own connect timeout.
            OperationCanceledException => new FetchFailure(FetchFailureKind.Timeout, $"no connection in time ({server})"),
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => Failed("host name not resolved"),
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => Failed(TlsReason(exception)),
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => Failed(SocketReason(exception) ?? "no connection"),
            HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } => Failed("the proxy did not let it through"),
            HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } or HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse }
                or HttpRequestException { HttpRequestError: HttpRequestError.Unknown, InnerException: null } => // The parser's own: a chunk size without end.
                Unexpected("the answer is not valid HTTP"),
            HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } or HttpIOException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } =>
                Unexpected("the answer's headers are too long"),
            HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } or HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } or EndOfStreamException =>
                Lost("the connection ended before the answer was complete"),
            InvalidDataException => Unexpected("the body cannot be decompressed"),
            HttpRequestException or IOException or SocketException => Lost(SocketReason(exception) ?? "connection lost"),
            _ => null,
        };

        FetchFailure Failed(string reason) => new(FetchFailureKind.ConnectionFailed, $"{reason} ({server})");
        FetchFailure Lost(string reason) => new(FetchFailureKind.ConnectionLost, $"{reason} ({server})");
        FetchFailure Unexpected(string reason) => new(FetchFailureKind.UnexpectedResponse, $"{reason} ({server})");
    }

    /// <summary>An address as it may be printed: without user or password, and without a query, which may have a key in it.</summary>
    public static string Display(Uri address) => address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    private static string? SocketReason(Exception exception)
    {
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is SocketException socket)
            {
                return socket.SocketErrorCode switch
                {
                    SocketError.ConnectionRefused => "connection refused",
                    SocketError.ConnectionReset => "connection reset",
                    SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData => "host name not resolved",
                    _ => Excerpt.Of(socket.Message, 100),
                };
            }
        }

        return null;
    }

    // What OpenSSL reports comes as an inner exception; a certificate is rejected by .NET itself.
    private static string TlsReason(Exception exception) => exception.GetBaseException() is AuthenticationException rejected
        ? $"the server's certificate is not trusted: {Excerpt.Of(rejected.Message, 130)}"
        : $"TLS handshake failed: {Excerpt.Of(exception.GetBaseException().Message, 100)}";

    private static TimeSpan? RetryAfter(HttpResponseMessage response, TimeSpan max, TimeProvider time)
    {
        TimeSpan? asked = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - time.GetUtcNow(),
            _ => null,
        };
        return asked is not { } wait ? null : wait < TimeSpan.Zero ? TimeSpan.Zero : wait > max ? max : wait;
    }
}
