using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace TestSupport.Faults;

/// <summary>A way to a server on this machine that can lose what the server answers, stop carrying anything, be cut, or lead elsewhere.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Socket, bool> _sockets = [];
    private readonly CancellationTokenSource _closed = new();
    private readonly Task _accepting;
    private volatile TaskCompletionSource _open = Opened();
    private volatile int _targetPort;
    private volatile bool _dropsAnswers;

    /// <summary>Shared by the connections made since the last <see cref="Silence"/>: whether they still carry anything.</summary>
    private volatile StrongBox<bool> _isSilent = new();

    public TcpProxy(int targetPort)
    {
        _targetPort = targetPort;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>Where new connections lead; 0 = they are closed at once.</summary>
    public int TargetPort
    {
        get => _targetPort;
        set => _targetPort = value;
    }

    /// <summary>What the server says is thrown away; what it is told arrives.</summary>
    public bool DropsAnswers
    {
        get => _dropsAnswers;
        set => _dropsAnswers = value;
    }

    /// <summary>Holds back everything in both directions, without closing anything. New connections are accepted and held as well.</summary>
    public void Freeze() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Carries on after <see cref="Freeze"/>, with what was held back first.</summary>
    public void Thaw() => _open.TrySetResult();

    /// <summary>From now on the connections that are there lose whatever they are given, and do not say so. New ones are not concerned.</summary>
    public void Silence()
    {
        _isSilent.Value = true;
        _isSilent = new StrongBox<bool>();
    }

    /// <summary>Resets all connections.</summary>
    public void Cut()
    {
        foreach (Socket socket in _sockets.Keys)
            Close(socket);
    }

    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        Thaw();
        _listener.Dispose();
        await _accepting;
        Cut();
        _closed.Dispose();
    }

    private static TaskCompletionSource Opened()
    {
        TaskCompletionSource opened = new();
        opened.SetResult();
        return opened;
    }

    private async Task AcceptAsync()
    {
        while (!_closed.IsCancellationRequested)
        {
            try
            {
                Socket client = await _listener.AcceptSocketAsync(_closed.Token);
                _ = Task.Run(() => CarryAsync(client));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // Closed, or the client left before it was accepted.
            }
        }
    }

    private async Task CarryAsync(Socket client)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets[client] = _sockets[server] = true;
        StrongBox<bool> isSilent = _isSilent;
        try
        {
            await _open.Task;
            if (_targetPort != 0)
            {
                await server.ConnectAsync(IPAddress.Loopback, _targetPort, _closed.Token);
                await Task.WhenAny(CopyAsync(client, server, isSilent, isAnswer: false), CopyAsync(server, client, isSilent, isAnswer: true));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Nobody is there.
        }
        finally
        {
            Close(client);
            Close(server);
        }
    }

    private async Task CopyAsync(Socket from, Socket to, StrongBox<bool> isSilent, bool isAnswer)
    {
        try
        {
            byte[] buffer = new byte[64 * 1024];
            for (int count; (count = await from.ReceiveAsync(buffer)) > 0;)
            {
                await _open.Task;
                if (!isSilent.Value && !(isAnswer && _dropsAnswers))
                    await to.SendAsync(buffer.AsMemory(0, count));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Cut.
        }
    }

    private void Close(Socket socket)
    {
        if (!_sockets.TryRemove(socket, out _))
            return;

        // Without waiting for what is still to be sent: a reset.
        socket.LingerState = new LingerOption(enable: true, seconds: 0);
        socket.Dispose();
    }
}
