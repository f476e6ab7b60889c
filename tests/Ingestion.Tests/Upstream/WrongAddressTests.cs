using System.Net;
using System.Net.Sockets;
using Ingestion.Upstream;
using TestSupport.Tls;
using UpstreamSimulator;
using static Ingestion.Tests.Upstream.ScriptedServer;

namespace Ingestion.Tests.Upstream;

/// <summary>An address that cannot work is told at the first answer, with what to configure where that is known. Every test runs in both forms.</summary>
public sealed class WrongAddressTests
{
    public static TheoryData<bool> Forms => [true, false];

    [Theory]
    [InlineData("https://api.example/api/character/7?key=secret", "Set Upstream:BaseAddress to https://api.example/api/")]
    [InlineData("https://api.example:8443/v2/character/7", "Set Upstream:BaseAddress to https://api.example:8443/v2/")]
    [InlineData("//api.example/character/7", "Set Upstream:BaseAddress to http://api.example/")]
    [InlineData("https://sso.example/login?return=secret", "If the API has moved to https://sso.example, set Upstream:BaseAddress to its root there")]
    public async Task A_redirect_to_another_server_comes_with_the_address_to_configure(string location, string advice)
    {
        foreach (bool blocking in (bool[])[true, false])
        {
            await using ScriptedServer server = Answering(Answer(301, "", $"Location: {location}"));

            FetchFailure failure = (await Fetching.FetchAsync(server.BaseAddress, blocking)).Failure!;

            Assert.Equal((advice, true, true), (failure.Advice, failure.IsAboutClient, failure.IsRefusal));
            Assert.DoesNotContain("secret", failure.Reason + failure.Advice, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("<center>The plain HTTP request was sent to HTTPS port</center>")]
    [InlineData("Client sent an HTTP request to an HTTPS server.\n")]
    [InlineData("Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />")]
    [InlineData("Bad Request\r\nThis combination of host and port requires TLS.\r\n")]
    public async Task A_server_that_says_it_speaks_tls_comes_with_the_address_to_configure(string page)
    {
        foreach (bool blocking in (bool[])[true, false])
        {
            await using ScriptedServer server = Answering(Answer(400, page));

            FetchFailure failure = (await Fetching.FetchAsync(server.BaseAddress, blocking)).Failure!;

            Assert.Equal(
                ("HTTP 400, because the server speaks TLS on this port", $"To speak it, begin Upstream:BaseAddress with https://127.0.0.1:{server.Port}/", true),
                (failure.Reason, failure.Advice, failure.IsAboutClient));
        }
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task Plain_http_to_a_server_with_tls_is_silence_and_asks_for_https(bool blocking)
    {
        using TestAuthority authority = new();
        await using UpstreamSimulator.Simulator server = await UpstreamSimulator.Simulator.StartAsync(new SimulatorOptions(), certificate: authority.Issue("127.0.0.1"));
        Uri plain = new UriBuilder(server.BaseAddress) { Scheme = "http" }.Uri;

        FetchFailure failure = (await Fetching.FetchAsync(plain, blocking)).Failure!;

        Assert.True(failure.IsSilence, failure.ToString());
        Assert.Equal($"If the server speaks TLS on this port, begin Upstream:BaseAddress with https://127.0.0.1:{plain.Port}/", failure.Advice);
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task An_answer_in_tls_is_silence_too(bool blocking)
    {
        await using ScriptedServer server = Answering("\u0015\u0003\u0001\u0000\u0002\u0002\u0046\r\n\r\n");

        FetchFailure failure = (await Fetching.FetchAsync(server.BaseAddress, blocking)).Failure!;

        Assert.True(failure is { IsSilence: true, IsRefusal: true }, failure.ToString());
        Assert.StartsWith("the answer is not valid HTTP", failure.Reason, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task Tls_to_a_server_without_it_asks_whether_it_is_http(bool blocking)
    {
        await using UpstreamSimulator.Simulator server = await UpstreamSimulator.Simulator.StartAsync(new SimulatorOptions());
        Uri secure = new UriBuilder(server.BaseAddress) { Scheme = "https" }.Uri;

        FetchFailure failure = (await Fetching.FetchAsync(secure, blocking)).Failure!;

        Assert.Equal(
            (FetchFailureKind.ConnectionFailed, $"the server does not speak TLS on this port: is it http://? (127.0.0.1:{secure.Port})"), (failure.Kind, failure.Reason));
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task A_connection_that_ends_in_the_handshake_asks_so_too(bool blocking)
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Task closing = CloseAsync(listener);

        FetchFailure failure = (await Fetching.FetchAsync(new Uri($"https://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/api/"), blocking)).Failure!;

        await closing;
        Assert.Equal(FetchFailureKind.ConnectionFailed, failure.Kind);
        Assert.StartsWith("the connection ended during the TLS handshake: does the server speak TLS on this port, or is it http://?", failure.Reason, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task A_host_that_does_not_resolve_is_named(bool blocking)
    {
        FetchResult result = await Fetching.FetchAsync(new Uri("http://no-such-host.invalid/api/"), blocking);

        Fetching.AssertFailed(result, FetchFailureKind.ConnectionFailed, "host name not resolved (no-such-host.invalid:80)");
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task An_address_that_drops_packets_is_no_connection_and_not_an_item_that_takes_too_long(bool blocking)
    {
        using DeafServer deaf = DeafServer.At(IPAddress.Loopback);

        FetchResult result = await Fetching.FetchAsync(
            new Uri($"http://127.0.0.1:{deaf.Port}/api/"), blocking, options => options.AttemptTimeout = TimeSpan.FromMilliseconds(300));

        Fetching.AssertFailed(result, FetchFailureKind.ConnectionFailed, $"no connection within 00:00:00.3000000 (127.0.0.1:{deaf.Port})");
    }

    // Reads what comes, or the connection would be reset.
    private static async Task CloseAsync(TcpListener listener)
    {
        using TcpClient client = await listener.AcceptTcpClientAsync();
        Assert.True(await client.GetStream().ReadAtLeastAsync(new byte[100], 100, throwOnEndOfStream: false) > 0);
        client.Client.Shutdown(SocketShutdown.Both);
    }
}
