using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Ingestion.Tests.Upstream;

/// <summary>An HTTP server that writes exactly the bytes it is told to, right or wrong. Closes the connection when the script returns false.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<string, NetworkStream, CancellationToken, Task<bool>> _script;
    private readonly Task _accepting;
    private readonly ConcurrentBag<Task> _connections = [];
    private int _accepted;

    public ScriptedServer(Func<string, NetworkStream, CancellationToken, Task<bool>> script)
    {
        _script = script;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    public Uri BaseAddress => new($"http://127.0.0.1:{Port}/api/");

    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>Counted before the first answer, so that whoever has one finds its connection counted.</summary>
    public int Connections => Volatile.Read(ref _accepted);

    public static ScriptedServer Answering(params string[] answers) => Answering([.. answers.Select(Encoding.Latin1.GetBytes)]);

    /// <summary>Gives the answers in turn, then the last one for ever, and keeps the connection open.</summary>
    public static ScriptedServer Answering(params byte[][] answers)
    {
        int next = 0;
        return new ScriptedServer(async (_, stream, token) =>
        {
            await stream.WriteAsync(answers[Math.Min(Interlocked.Increment(ref next) - 1, answers.Length - 1)], token);
            return true;
        });
    }

    /// <summary>Writes the start of an answer, then nothing.</summary>
    public static ScriptedServer Hanging(string start) => new(async (_, stream, token) =>
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes(start), token);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        return false;
    });

    /// <summary>Writes the start of an answer, then closes the connection.</summary>
    public static ScriptedServer Closing(string start) => new(async (_, stream, token) =>
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes(start), token);
        return false;
    });

    public static string Answer(int status, string body, params string[] headers) =>
        $"HTTP/1.1 {status} X\r\nContent-Length: {body.Length}\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        // Accepting ends before listening does: it would throw if it began just after.
        await _stop.CancelAsync();
        await _accepting;
        _listener.Stop();
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Interlocked.Increment(ref _accepted);
                _connections.Add(ServeAsync(client));
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                using var reader = new StreamReader(stream, Encoding.Latin1);
                while (await ReadHeadAsync(reader) is { } head)
                {
                    Requests.Enqueue(head);
                    if (!await _script(head, stream, _stop.Token))
                        return;
                }
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException)
            {
            }
        }
    }

    private async Task<string?> ReadHeadAsync(StreamReader reader)
    {
        var head = new StringBuilder();
        while (await reader.ReadLineAsync(_stop.Token) is { } line)
        {
            if (line.Length == 0)
                return head.ToString();
            head.Append(line).Append('\n');
        }

        return null;
    }
}
