using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using RabbitMQ.Client;

namespace Ingestion.Sources.RabbitMq;

/// <summary>The socket of a connection to the broker. TLS is here, and not the client's, so that the client sees what comes out of it through <see cref="ReadableFrames"/>.</summary>
/// <param name="tls">Whom to trust; null for a connection without TLS.</param>
internal sealed class BrokerSocket(AddressFamily family, SslClientAuthenticationOptions? tls)
    : TcpClientAdapter(new Socket(family, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true })
{
    private Stream? _stream;

    public override async Task ConnectAsync(IPAddress ep, int port, CancellationToken cancellationToken = default)
    {
        await base.ConnectAsync(ep, port, cancellationToken);
        _stream = new NetworkStream(Client);
        if (tls is null)
            return;

        SslStream secured = new(_stream);
        _stream = secured;
        await secured.AuthenticateAsClientAsync(tls, cancellationToken);
    }

    public override NetworkStream GetStream() => new ReadableFrames(Client, _stream!);

    public override void Close()
    {
        _stream?.Dispose();
        base.Close();
    }
}
