using System.Net;
using System.Net.Sockets;
using Ingestion.Upstream;

namespace Ingestion.Tests.Upstream;

/// <summary>A server with several addresses is reached over one that works, within the attempt.</summary>
public sealed class UpstreamConnectorTests
{
    [Fact]
    public async Task An_address_that_drops_packets_does_not_keep_the_next_one_from_being_reached()
    {
        using DeafServer deaf = DeafServer.At(IPAddress.Parse("127.0.0.2"));
        using TcpListener listener = Listen(IPAddress.Loopback, deaf.Port);
        UpstreamConnector connector = new((_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("127.0.0.2"), IPAddress.Loopback]));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);

        using Socket socket = await connector.ConnectAsync("several", deaf.Port, patience.Token);

        Assert.Equal(IPAddress.Loopback, ((IPEndPoint)socket.RemoteEndPoint!).Address);
        Assert.True(connector.HasConnected);
    }

    [Fact]
    public async Task An_address_that_refuses_is_not_waited_for()
    {
        using TcpListener listener = Listen(IPAddress.Parse("127.0.0.9"), 0);
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        IPAddress[] addresses = [.. Enumerable.Range(2, 8).Select(last => IPAddress.Parse($"127.0.0.{last}"))];
        UpstreamConnector connector = new((_, _) => Task.FromResult(addresses));
        long began = TimeProvider.System.GetTimestamp();

        using Socket socket = await connector.ConnectAsync("several", port, CancellationToken.None);

        Assert.Equal(addresses[^1], ((IPEndPoint)socket.RemoteEndPoint!).Address);
        Assert.True(TimeProvider.System.GetElapsedTime(began) < UpstreamConnector.Stagger * 6, "each refusal was waited for");
    }

    [Fact]
    public async Task When_none_works_the_first_one_says_why()
    {
        using TcpListener listener = Listen(IPAddress.Loopback, 0);
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        UpstreamConnector connector = new((_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback, IPAddress.Parse("127.0.0.2")]));

        SocketException exception = await Assert.ThrowsAnyAsync<SocketException>(() => connector.ConnectAsync("several", port, CancellationToken.None));

        Assert.Equal(SocketError.ConnectionRefused, exception.SocketErrorCode);
        Assert.False(connector.HasConnected);
    }

    [Fact]
    public async Task Giving_up_ends_every_attempt()
    {
        using DeafServer first = DeafServer.At(IPAddress.Parse("127.0.0.2"));
        UpstreamConnector connector = new((_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("127.0.0.2")]));
        using var giveUp = new CancellationTokenSource();

        Task<Socket> connecting = connector.ConnectAsync("one", first.Port, giveUp.Token);
        Assert.False(connecting.IsCompleted);
        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
    }

    private static TcpListener Listen(IPAddress address, int port)
    {
        TcpListener listener = new(address, port);
        listener.Start();
        return listener;
    }
}
