using System.Net;
using System.Net.Sockets;

namespace Ingestion.Upstream;

/// <summary>
/// Connects to a server that may have several addresses (RFC 8305, "Happy Eyeballs"): the next one is tried after a quarter of a second, or as soon as the one before it has
/// failed, and the first connection wins. So an address that drops packets costs no attempt.
/// </summary>
/// <param name="resolve">Finds the addresses of a host; by default the system does.</param>
internal sealed class UpstreamConnector(Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
{
    /// <summary>RFC 8305, section 8: the recommended Connection Attempt Delay.</summary>
    public static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(250);

    private volatile bool _hasConnected;

    /// <summary>Whether there has ever been a connection.</summary>
    public bool HasConnected => _hasConnected;

    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>, which runs apart from whoever waits for the connection, blocking or not.</summary>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken token) =>
        new NetworkStream(await ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, token), ownsSocket: true);

    /// <exception cref="SocketException">No address could be connected to: what was wrong with the first.</exception>
    public async Task<Socket> ConnectAsync(string host, int port, CancellationToken token)
    {
        IPAddress[] addresses = await (resolve ?? Dns.GetHostAddressesAsync)(host, token);
        if (addresses is [IPAddress only])
        {
            Socket connected = await ConnectAsync(new IPEndPoint(only, port), token);
            _hasConnected = true;
            return connected;
        }

        Queue<IPAddress> untried = new(Alternating(addresses));
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(token);
        List<Task<Socket>> going = [];
        Task<Socket> failed = Task.FromException<Socket>(new SocketException((int)SocketError.HostNotFound));
        for (bool isFirst = true; untried.TryDequeue(out IPAddress? address) || going.Count > 0;)
        {
            if (address is not null)
                going.Add(ConnectAsync(new IPEndPoint(address, port), over.Token));

            Task<Task<Socket>> ending = Task.WhenAny(going);
            await Task.WhenAny(ending, untried.Count > 0 ? Task.Delay(Stagger, TimeProvider.System, over.Token) : ending);
            if (!ending.IsCompleted)
                continue;

            Task<Socket> ended = await ending;
            going.Remove(ended);
            if (ended.IsCompletedSuccessfully)
            {
                _hasConnected = true;
                await over.CancelAsync();
                _ = Task.WhenAll(going.Select(static late => late.ContinueWith(Discard, TaskScheduler.Default)));
                return await ended;
            }

            (failed, isFirst) = (isFirst ? ended : failed, false);
        }

        return await failed;
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint address, CancellationToken token)
    {
        Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, token);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // Section 4: the families take turns, beginning with the one that the system puts first.
    private static IEnumerable<IPAddress> Alternating(IPAddress[] addresses) => addresses
        .GroupBy(address => address.AddressFamily)
        .SelectMany((family, place) => family.Select((address, turn) => (address, turn, place)))
        .OrderBy(entry => entry.turn).ThenBy(entry => entry.place)
        .Select(entry => entry.address);

    private static void Discard(Task<Socket> late)
    {
        if (late.IsCompletedSuccessfully)
            late.Result.Dispose();
        else
            _ = late.Exception; // Nobody waits for it any more.
    }
}
