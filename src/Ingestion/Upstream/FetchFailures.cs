using System.Net.Sockets;
using System.Security.Authentication;

namespace Ingestion.Upstream;

/// <summary>Classifies what went wrong, and says it in one line.</summary>
internal static class FetchFailures
{
    public static FetchFailure Timeout(TimeSpan timeout) => new(FetchFailureKind.Timeout, $"no complete answer within {timeout}");

    public static FetchFailure TooLarge(int limit) =>
        new(FetchFailureKind.BodyTooLarge, $"the body is larger than Upstream:MaxResponseBytes ({limit} bytes)");

    public static FetchFailure CutShort(int bytes, Uri server) =>
        new(FetchFailureKind.ConnectionLost, $"the body is cut short after {bytes} bytes ({server.Host}:{server.Port})");

    public static FetchFailure EncodingRefused(string encoding) => new(
        FetchFailureKind.UnexpectedResponse, $"the body is encoded as '{Excerpt.Of(encoding, 40)}', which was not asked for");

    public static FetchFailure NotTheApi(Uri baseAddress) => new(FetchFailureKind.ClientError,
        $"HTTP 404 without the API's JSON: check Upstream:BaseAddress ({Display(baseAddress)})", StatusCode: 404);

    /// <summary>No connection has ever been made, and this attempt's time is up.</summary>
    public static FetchFailure NotConnected(TimeSpan timeout, Uri address, Uri? proxy) =>
        new(FetchFailureKind.ConnectionFailed, $"no connection within {timeout} ({Peer(address, proxy)})");

    /// <param name="asked">What was asked for, before any redirect.</param>
    /// <param name="from">What answered with the redirect that is not followed.</param>
    /// <param name="to">Where to, if it says so.</param>
    /// <param name="root">The root of the API, as configured.</param>
    public static FetchFailure RedirectRefused(Uri asked, Uri from, Uri? to, Uri root)
    {
        if (to is null)
            return new(FetchFailureKind.RedirectRefused, "a redirect without a usable Location");
        if (UpstreamAddress.IsSameServer(from, to))
            return new(FetchFailureKind.RedirectRefused, $"more than {UpstreamAddress.MaxRedirects} redirects");

        // The same resource below another root: that is the address to configure. A page to log in is none.
        string resource = asked.AbsolutePath[root.AbsolutePath.Length..];
        string server = to.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
        return new(FetchFailureKind.RedirectRefused, Excerpt.Of($"a redirect to another server is not followed: {Display(to)}"))
        {
            IsAboutClient = true,
            Advice = to.AbsolutePath.EndsWith("/" + resource, StringComparison.Ordinal)
                ? Excerpt.Of($"Set Upstream:BaseAddress to {server}{to.AbsolutePath[..^resource.Length]}")
                : Excerpt.Of($"If the API has moved to {server}, set Upstream:BaseAddress to its root there"),
        };
    }

    /// <summary>A server that speaks TLS answers a request without it with 400 and a page that says so.</summary>
    public static FetchFailure WithPage(FetchFailure failure, ReadOnlySpan<byte> page, Uri root) =>
        failure.StatusCode != 400 || root.Scheme != Uri.UriSchemeHttp || (page.IndexOf("HTTPS"u8) < 0 && page.IndexOf("TLS"u8) < 0 && page.IndexOf("SSL"u8) < 0)
            ? failure
            : failure with { Reason = $"{failure.Reason}, because the server speaks TLS on this port", IsAboutClient = true, Advice = $"To speak it, {OverTls(root)}" };

    /// <param name="response">An answer that is neither 200 nor 404.</param>
    /// <param name="maxRetryAfter">However long the upstream asks for: after this it is asked again.</param>
    /// <param name="time">The clock that a <c>Retry-After</c> with a date is read against.</param>
    /// <param name="root">The root of the API, as configured.</param>
    /// <param name="proxy">What stands between, or null.</param>
    public static FetchFailure FromStatus(HttpResponseMessage response, TimeSpan maxRetryAfter, TimeProvider time, Uri root, Uri? proxy)
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
        string reason = status switch
        {
            407 => $"HTTP 407 from {(proxy is null ? "a proxy" : Name(proxy))}",
            _ when kind == FetchFailureKind.UnexpectedResponse => $"HTTP {status}, which is no answer to this request",
            _ => $"HTTP {status}",
        };
        return new FetchFailure(kind, reason, RetryAfter(response, maxRetryAfter, time), status) { Advice = AdviceOn(status, root) };
    }

    /// <summary>Null for an exception that is not about the exchange: a defect.</summary>
    public static FetchFailure? FromException(Exception exception, Uri address, Uri? proxy = null)
    {
        string server = Peer(address, proxy);
        HttpRequestError? error = (exception as HttpRequestException)?.HttpRequestError ?? (exception as HttpIOException)?.HttpRequestError;
        return (error, exception) switch
        {
            (_, AccessException refused) => refused.Failure,

            // The pool's own connect timeout.
            (_, OperationCanceledException) => new FetchFailure(FetchFailureKind.Timeout, $"no connection in time ({server})"),
            (HttpRequestError.NameResolutionError, _) => Unreached("host name not resolved"),
            (HttpRequestError.SecureConnectionError, _) => Failed(TlsReason(exception)) with { Advice = TlsAdvice(exception, address) },
            (HttpRequestError.ConnectionError, _) => Unreached(SocketReason(exception) ?? "no connection"),
            (HttpRequestError.ProxyTunnelError, _) => FromProxy(),
            (HttpRequestError.InvalidResponse, _) or (HttpRequestError.Unknown, HttpRequestException { InnerException: null }) => // The parser's own: a chunk size without end.
                Unexpected("the answer is not valid HTTP") with
                {
                    IsNotHttp = exception is HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse }, // and not a body that spoils it
                    Advice = MayWantTls(address),
                },
            (HttpRequestError.ConfigurationLimitExceeded, _) => Unexpected("the answer's headers are too long"),
            (HttpRequestError.ResponseEnded, _) or (_, EndOfStreamException) => Lost("the connection ended before the answer was complete") with { Advice = MayWantTls(address) },
            (_, InvalidDataException) => Unexpected("the body cannot be decompressed"),
            (_, HttpRequestException or IOException or SocketException) => Lost(SocketReason(exception) ?? "connection lost") with { Advice = MayWantTls(address) },
            _ => null,
        };

        FetchFailure Failed(string reason) => new(FetchFailureKind.ConnectionFailed, $"{reason} ({server})");
        FetchFailure Unreached(string reason) => proxy is null ? Failed(reason) : new(FetchFailureKind.ConnectionFailed, $"{reason} ({Name(proxy)})") { Advice = CorrectProxy(address) };
        FetchFailure Lost(string reason) => new(FetchFailureKind.ConnectionLost, $"{reason} ({server})");
        FetchFailure Unexpected(string reason) => new(FetchFailureKind.UnexpectedResponse, $"{reason} ({server})");

        // What the proxy answered to CONNECT; its status is in the message alone.
        FetchFailure FromProxy() => StatusIn(exception.Message) switch
        {
            { } status and >= 400 and <= 499 => new FetchFailure(FetchFailureKind.ClientError, $"HTTP {status} from {(proxy is null ? "the proxy" : Name(proxy))}", StatusCode: status)
            {
                Advice = status == 407 ? AdviceOn(status, address) : CorrectProxy(address),
            },
            { } other => Failed($"the proxy answers HTTP {other}"),
            null => Failed("the proxy does not let it through"),
        };
    }

    /// <summary>An address as it may be printed: without user or password, and without a query.</summary>
    public static string Display(Uri address) => address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    private static string Name(Uri proxy) => $"the proxy {proxy.Host}:{proxy.Port}";

    private static string Peer(Uri address, Uri? proxy) => proxy is null ? $"{address.Host}:{address.Port}" : $"{address.Host}:{address.Port} through {Name(proxy)}";

    private static string OverTls(Uri address) => $"begin Upstream:BaseAddress with https://{address.Host}:{address.Port}/";

    private static string CorrectProxy(Uri address) => $"Correct {address.Scheme.ToUpperInvariant()}_PROXY, or name {address.Host} in NO_PROXY to do without";

    // Servers that wait for TLS end the connection, or answer in TLS, when they get something else.
    private static string? MayWantTls(Uri address) => address.Scheme == Uri.UriSchemeHttp ? $"If the server speaks TLS on this port, {OverTls(address)}" : null;

    private static string? AdviceOn(int status, Uri root) => status switch
    {
        401 => "The API wants credentials that are valid: check those that are sent",
        403 => "The credentials may have expired, or the API may have banned this client: ask whoever runs it",
        407 => $"Give the proxy a user and password that it knows: {root.Scheme.ToUpperInvariant()}_PROXY=http://user:password@host:port",
        451 => "The API may not be used from here for legal reasons: ask whoever runs it",
        >= 400 and <= 499 => $"Check Upstream:BaseAddress ({Display(root)}), and what the API expects of a request",
        _ => null,
    };

    // "The proxy tunnel request to proxy '…' failed with status code '407'."
    private static int? StatusIn(string message) =>
        message.Split('\'') is [.., var last, _] && int.TryParse(last, CultureInfo.InvariantCulture, out int status) ? status : null;

    private static string? SocketReason(Exception exception)
    {
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
        {
            if ((inner as SocketException)?.SocketErrorCode is { } code)
            {
                return code switch
                {
                    SocketError.ConnectionRefused => "connection refused",
                    SocketError.ConnectionReset => "connection reset",
                    SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData => "host name not resolved",
                    _ => Excerpt.Of(inner.Message, 100),
                };
            }
        }

        return null;
    }

    // What OpenSSL reports comes as an inner exception; a certificate is rejected by .NET itself, and so is what is no TLS at all.
    private static string TlsReason(Exception exception) => exception.GetBaseException() switch
    {
        AuthenticationException rejected when rejected.Message.Contains("certificate", StringComparison.OrdinalIgnoreCase) =>
            $"the server's certificate is not trusted: {Excerpt.Of(rejected.Message, 130)}",
        AuthenticationException rejected when rejected.Message.Contains("frame", StringComparison.OrdinalIgnoreCase) => "the server does not speak TLS on this port: is it http://?",
        IOException => "the connection ended during the TLS handshake: does the server speak TLS on this port, or is it http://?",
        { } other => $"TLS handshake failed: {Excerpt.Of(other.Message, 100)}",
    };

    private static string? TlsAdvice(Exception exception, Uri address) =>
        exception.GetBaseException().Message.Contains("frame", StringComparison.OrdinalIgnoreCase) ? $"Begin Upstream:BaseAddress with http://{address.Host}:{address.Port}/" : null;

    /// <summary>The pause an answer asks for; null when it does not.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="max">However long it asks for: no longer than this.</param>
    /// <param name="time">The clock that a date is read against when the server does not show its own.</param>
    public static TimeSpan? RetryAfter(HttpResponseMessage response, TimeSpan max, TimeProvider time)
    {
        TimeSpan? asked = response.Headers.RetryAfter?.Delta ?? (response.Headers.RetryAfter?.Date - (response.Headers.Date ?? time.GetUtcNow()));
        return asked is not { } wait ? null : wait < TimeSpan.Zero ? TimeSpan.Zero : wait > max ? max : wait;
    }
}
