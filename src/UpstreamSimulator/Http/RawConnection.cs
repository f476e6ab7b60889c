using System.Net.Sockets;
using System.Text;

namespace UpstreamSimulator.Http;

/// <summary>The bare connection of a request, for answers the server would refuse to send. All of it ends when the client hangs up.</summary>
internal sealed class RawConnection(Socket socket, TimeProvider time, CancellationToken hungUp)
{
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, hungUp)..];
    }

    /// <summary>Sends text whose characters are bytes.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Sends a status line and headers, each of them with its line break, and what comes after them.</summary>
    public async Task SendAsync(string head, ReadOnlyMemory<byte> body)
    {
        await SendAsync(head + "\r\n");
        await SendAsync(body);
    }

    /// <summary>Sends the same for ever.</summary>
    public async Task RepeatAsync(ReadOnlyMemory<byte> bytes, TimeSpan pause = default)
    {
        while (true)
        {
            await SendAsync(bytes);
            if (pause > TimeSpan.Zero)
                await Task.Delay(pause, time, hungUp);
        }
    }

    /// <summary>Ends the connection in good order, and waits until the client has.</summary>
    public async Task EndAsync()
    {
        socket.Shutdown(SocketShutdown.Send);
        await Task.Delay(Timeout.InfiniteTimeSpan, time, hungUp);
    }
}
