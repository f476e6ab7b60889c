using System.Net;

namespace Ingestion.Upstream;

/// <summary>Makes the connection pool.</summary>
internal static class UpstreamHandlerFactory
{
    private const int MaxHeadersKilobytes = 64;

    // Long enough to amortise connecting, short enough to follow a change of DNS.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(2);

    // Of a connection that many requests share, one attempt's timeout says nothing. One that has gone silent would spoil every request for the rest of its lifetime.
    private static readonly TimeSpan SilenceBeforePing = TimeSpan.FromSeconds(5);

    public static SocketsHttpHandler Create(UpstreamOptions options, UpstreamConnector connector) => new()
    {
        PooledConnectionLifetime = ConnectionLifetime,

        // The strategy decides how many requests are in flight; a lower limit here would cap it unseen.
        MaxConnectionsPerServer = int.MaxValue,
        EnableMultipleHttp2Connections = true,
        KeepAlivePingDelay = SilenceBeforePing,
        KeepAlivePingTimeout = SilenceBeforePing,
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        ConnectTimeout = options.AttemptTimeout,
        ConnectCallback = connector.ConnectAsync,
        AutomaticDecompression = DecompressionMethods.None, // Unpacked by the client, which limits both sizes.
        AllowAutoRedirect = false, // Followed by the client, on the same host only.
        UseCookies = false,
        MaxResponseHeadersLength = MaxHeadersKilobytes,

        // Disposing of a response breaks the connection at once: that is how a blocked read is interrupted. Draining it first would
        // keep the reader blocked. What is worth draining, the client has read before it disposes.
        ResponseDrainTimeout = TimeSpan.Zero,
    };
}
