using System.Net;
using System.Net.Sockets;

namespace Ingestion.Tests.Upstream;

/// <summary>Listens, but its queue is full, so that the system drops what asks for a connection.</summary>
internal sealed class DeafServer : IDisposable
{
    private readonly List<Socket> _sockets = [];

    public int Port { get; private init; }

    public static DeafServer At(IPAddress address)
    {
        Socket listener = new(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(address, 0));
        listener.Listen(0);
        DeafServer deaf = new() { Port = ((IPEndPoint)listener.LocalEndPoint!).Port };
        deaf._sockets.Add(listener);
        while (true)
        {
            Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            deaf._sockets.Add(client);
            try
            {
                client.Connect(address, deaf.Port);
            }
            catch (SocketException exception) when (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
            }

            if (!client.Poll(TimeSpan.FromMilliseconds(200), SelectMode.SelectWrite))
                return deaf;
        }
    }

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());
}
