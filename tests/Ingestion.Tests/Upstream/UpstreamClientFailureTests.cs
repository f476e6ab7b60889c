using System.Net;
using System.Net.Sockets;
using System.Text;
using Ingestion.Upstream;
using TestSupport.Time;
using static Ingestion.Tests.Upstream.ScriptedServer;

namespace Ingestion.Tests.Upstream;

/// <summary>Answers that never come, come too late, or are none. Every test runs in the blocking and in the non-blocking form.</summary>
public sealed class UpstreamClientFailureTests
{
    private const string Gzip = "\u001f\u008b\u0008\u0000\u0000\u0000\u0000\u0000\u0000\u0003";

    public static TheoryData<bool> Forms => [true, false];

    /// <summary>Where an answer stops; read both with a deadline and with an abort.</summary>
    public static TheoryData<bool, string> Stalls
    {
        get
        {
            var stalls = new TheoryData<bool, string>();
            foreach (bool blocking in (bool[])[true, false])
            {
                stalls.Add(blocking, "");
                stalls.Add(blocking, "HTTP/1.1 200 OK\r\nContent-Len");
                stalls.Add(blocking, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
                stalls.Add(blocking, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"a\"");
                stalls.Add(blocking, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n");
                stalls.Add(blocking, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"a\":1}");
                stalls.Add(blocking, $"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 50\r\n\r\n{Gzip}");
                stalls.Add(blocking, "HTTP/1.1 302 X\r\nLocation: /x\r\nContent-Length: 10\r\n\r\n");
            }

            return stalls;
        }
    }

    [Theory, MemberData(nameof(Stalls))]
    public async Task An_answer_that_stalls_is_given_up_when_its_time_is_over(bool blocking, string start)
    {
        await using ScriptedServer server = Hanging(start);

        FetchResult result = await Fetching.FetchAsync(server.BaseAddress, blocking, options => options.AttemptTimeout = TimeSpan.FromMilliseconds(150));

        Fetching.AssertFailed(result, FetchFailureKind.Timeout, "no complete answer within 00:00:00.1500000");
    }

    [Theory, MemberData(nameof(Stalls))]
    public async Task An_abort_interrupts_an_answer_that_stalls(bool blocking, string start)
    {
        await using ScriptedServer server = Hanging(start);
        using UpstreamClient client = Fetching.Client(server.BaseAddress);
        using var abort = new CancellationTokenSource(TimeSpan.FromMilliseconds(150));

        OperationCanceledException exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.FetchAsync(blocking, abort: abort.Token));

        Assert.Equal(abort.Token, exception.CancellationToken);
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task A_body_that_only_drips_is_given_up_too(bool blocking)
    {
        await using var server = new ScriptedServer(async (_, stream, token) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"u8.ToArray(), token);
            while (true)
            {
                await stream.WriteAsync(" "u8.ToArray(), token);
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, token);
            }
        });

        FetchResult result = await Fetching.FetchAsync(server.BaseAddress, blocking, options => options.AttemptTimeout = TimeSpan.FromMilliseconds(200));

        Fetching.AssertFailed(result, FetchFailureKind.Timeout, "no complete answer within");
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task The_timeout_runs_on_the_given_clock(bool blocking)
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new ScriptedServer(async (_, _, token) =>
        {
            arrived.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
            return false;
        });
        var clock = new ManualTimeProvider();
        using UpstreamClient client = Fetching.Client(server.BaseAddress, time: clock);

        Task<FetchResult> fetch = client.FetchAsync(blocking);
        await arrived.Task;
        clock.Advance(TimeSpan.FromSeconds(10));

        Fetching.AssertFailed(await fetch, FetchFailureKind.Timeout, "no complete answer within 00:00:10");
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task Less_time_left_than_the_timeout_ends_the_attempt_earlier(bool blocking)
    {
        await using ScriptedServer server = Hanging("");
        using UpstreamClient client = Fetching.Client(server.BaseAddress);

        FetchResult result = await client.FetchAsync(blocking, timeLeft: TimeSpan.FromMilliseconds(120));

        Fetching.AssertFailed(result, FetchFailureKind.Timeout, "no complete answer within 00:00:00.1200000");
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task An_abort_before_the_start_sends_nothing(bool blocking)
    {
        await using ScriptedServer server = Answering(Answer(200, "{}"));
        using UpstreamClient client = Fetching.Client(server.BaseAddress);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.FetchAsync(blocking, abort: new CancellationToken(canceled: true)));

        Assert.Equal(0, server.Connections);
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task A_refused_connection_says_who_refused(bool blocking)
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        int port = ((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();

        FetchResult result = await Fetching.FetchAsync(new Uri($"http://127.0.0.1:{port}/api/"), blocking);

        Fetching.AssertFailed(result, FetchFailureKind.ConnectionFailed, $"connection refused (127.0.0.1:{port})");
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task A_server_that_does_not_speak_tls_is_no_connection(bool blocking)
    {
        await using ScriptedServer server = Closing("");

        // The listener waits for a line and gets a handshake: it never answers, so its end of the connection is closed from here.
        FetchResult result = await Fetching.FetchAsync(
            new Uri($"https://127.0.0.1:{server.Port}/api/"), blocking, options => options.AttemptTimeout = TimeSpan.FromMilliseconds(300));

        Assert.Contains(result.Failure!.Kind, (FetchFailureKind[])[FetchFailureKind.ConnectionFailed, FetchFailureKind.Timeout]);
    }

    [Theory]
    [InlineData("", nameof(FetchFailureKind.ConnectionLost), "the connection ended before the answer was complete")]
    [InlineData("HTTP/1.1 200 O", nameof(FetchFailureKind.ConnectionLost), "the connection ended")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"a\"", nameof(FetchFailureKind.ConnectionLost), "the connection ended")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n", nameof(FetchFailureKind.ConnectionLost), "the connection ended")]
    [InlineData("this is not HTTP\r\n\r\n", nameof(FetchFailureKind.UnexpectedResponse), "the answer is not valid HTTP")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", nameof(FetchFailureKind.UnexpectedResponse), "the answer is not valid HTTP")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\n\r\n0123456789", nameof(FetchFailureKind.UnexpectedResponse), "cannot be decompressed")]
    public async Task A_broken_answer_is_a_failure_of_its_kind(string answer, string kind, string reason)
    {
        await using ScriptedServer server = Closing(answer);
        foreach (bool blocking in (bool[])[true, false])
            Fetching.AssertFailed(await Fetching.FetchAsync(server.BaseAddress, blocking), Enum.Parse<FetchFailureKind>(kind), reason);
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task A_reset_connection_is_a_lost_one(bool blocking)
    {
        await using var server = new ScriptedServer((_, stream, _) =>
        {
            stream.Socket.LingerState = new LingerOption(enable: true, seconds: 0);
            stream.Socket.Close();
            return Task.FromResult(false);
        });

        Fetching.AssertFailed(await Fetching.FetchAsync(server.BaseAddress, blocking), FetchFailureKind.ConnectionLost, "connection reset");
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task Endless_headers_are_refused(bool blocking)
    {
        string headers = string.Concat(Enumerable.Range(0, 2_000).Select(i => $"X-{i}: {new string('x', 60)}\r\n"));
        await using ScriptedServer server = Closing($"HTTP/1.1 200 OK\r\n{headers}");

        Fetching.AssertFailed(await Fetching.FetchAsync(server.BaseAddress, blocking), FetchFailureKind.UnexpectedResponse, "headers are too long");
    }

    [Theory]
    [InlineData("Content-Length: 1025\r\n\r\n")]
    [InlineData("Content-Length: 999999999999\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n401\r\n@\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n401\r\n@")]
    [InlineData("Connection: close\r\n\r\n@")]
    public async Task A_body_over_the_limit_is_refused_without_waiting_for_its_end(string rest)
    {
        await using ScriptedServer server = Hanging("HTTP/1.1 200 OK\r\n" + rest.Replace("@", new string(' ', 1025), StringComparison.Ordinal));
        foreach (bool blocking in (bool[])[true, false])
        {
            FetchResult result = await Fetching.FetchAsync(server.BaseAddress, blocking, options => options.MaxResponseBytes = 1024);
            Fetching.AssertFailed(result, FetchFailureKind.BodyTooLarge, "the body is larger than Upstream:MaxResponseBytes (1024 bytes)");
        }
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task A_body_of_exactly_the_limit_is_accepted(bool blocking)
    {
        string body = new(' ', 1024);
        await using ScriptedServer server = Answering(Answer(200, body), $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n{body}\r\n0\r\n\r\n");
        using UpstreamClient client = Fetching.Client(server.BaseAddress, options => options.MaxResponseBytes = 1024);

        Assert.Equal(1024, (await client.FetchAsync(blocking)).Body.Length);
        Assert.Equal(1024, (await client.FetchAsync(blocking)).Body.Length);
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task The_limit_counts_bytes_after_decompression(bool blocking)
    {
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(new byte[1_000_000]);
        byte[] bomb = [.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {packed.Length}\r\n\r\n"), .. packed.ToArray()];
        await using ScriptedServer server = Answering(bomb);

        FetchResult result = await Fetching.FetchAsync(server.BaseAddress, blocking, options => options.MaxResponseBytes = 500_000);

        Fetching.AssertFailed(result, FetchFailureKind.BodyTooLarge, "500000 bytes");
    }
}
