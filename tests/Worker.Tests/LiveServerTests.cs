using System.Net;
using System.Net.Sockets;
using Ingestion.Configuration;
using Ingestion.Runs;
using Ingestion.Runs.Recording;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using TestSupport.Time;
using Worker.Live;
using Worker.Reports;

namespace Worker.Tests;

public sealed class LiveServerTests : IAsyncLifetime
{
    private readonly ManualTimeProvider _clock = new();
    private readonly HttpClient _client = new();
    private LiveViewers _viewers = null!;
    private LiveServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        RecentAttempts recent = new(_clock);
        _viewers = new LiveViewers(new LiveFrames(new LiveFramesTests.OneRun(), recent, new TraceViewer(viewer: null, ""), new RunControl(recent, _clock)), _clock);
        _server = Create(new LiveOptions { Port = 0 });
        await _server.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(CancellationToken.None);
        _client.Dispose();
    }

    [Theory]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("LOCALHOST:1", HttpStatusCode.OK)]
    [InlineData("127.0.0.1", HttpStatusCode.OK)]
    [InlineData("[::1]:80", HttpStatusCode.OK)]
    [InlineData("10.1.2.3", HttpStatusCode.OK)]
    [InlineData("evil.example", HttpStatusCode.Forbidden)]
    [InlineData("localhost.evil.example", HttpStatusCode.Forbidden)]
    [InlineData("127.0.0.1.evil.example:80", HttpStatusCode.Forbidden)]
    public async Task Only_names_that_nobody_else_can_point_here_are_answered(string host, HttpStatusCode expected)
    {
        using HttpRequestMessage page = new(HttpMethod.Get, _server.Address) { Headers = { Host = host } };
        using HttpRequestMessage events = new(HttpMethod.Head, new Uri(_server.Address!, "events")) { Headers = { Host = host } };

        Assert.Equal(expected, (await _client.SendAsync(page, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(expected, (await _client.SendAsync(events, TestContext.Current.CancellationToken)).StatusCode);
    }

    [Theory]
    [InlineData("POST", "", HttpStatusCode.MethodNotAllowed)]
    [InlineData("DELETE", "events", HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "healthz/live", HttpStatusCode.NotFound)]
    [InlineData("GET", "..%2f..%2fetc/passwd", HttpStatusCode.NotFound)]
    [InlineData("HEAD", "", HttpStatusCode.OK)]
    public async Task Nothing_else_is_answered(string method, string path, HttpStatusCode expected)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), new Uri(_server.Address!, path));
        using HttpResponseMessage response = await _client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal((expected, "no-store"), (response.StatusCode, response.Headers.CacheControl?.ToString()));
    }

    [Fact]
    public async Task The_page_is_one_document_that_may_run_its_own_script_and_ask_its_own_server_and_nothing_else()
    {
        using HttpResponseMessage response = await _client.GetAsync(_server.Address, TestContext.Current.CancellationToken);
        string page = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal("frame-ancestors 'none'", Assert.Single(response.Headers.GetValues("Content-Security-Policy")));
        Assert.Matches("default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; connect-src 'self'; base-uri 'none'; form-action 'none'", page);
        Assert.DoesNotContain("unsafe-", page, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"<[^>]+\son\w+=", page);
        Assert.DoesNotMatch("(?:src|href)=[\"']?(?:https?:)?//", page);
        Assert.InRange(page.Length, 20_000, 160_000);
    }

    [Fact]
    public async Task Another_site_does_not_get_the_stream_through_a_visitors_browser()
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(_server.Address!, "events")) { Headers = { { "Sec-Fetch-Site", "cross-site" } } };
        using HttpResponseMessage response = await _client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.Forbidden, 0), (response.StatusCode, _viewers.Count));
    }

    [Fact]
    public async Task Too_many_viewers_are_told_so()
    {
        for (int i = 0; i < LiveViewers.Most; i++)
            Assert.NotNull(_viewers.Join());
        using HttpResponseMessage response = await _client.GetAsync(new Uri(_server.Address!, "events"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("20 viewers are watching, which is the most; close one of them\n", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_viewer_gets_frames_until_the_server_stops_and_is_told_that_it_does()
    {
        await using Stream stream = await _client.GetStreamAsync(new Uri(_server.Address!, "events"), TestContext.Current.CancellationToken);
        using StreamReader reader = new(stream);
        Assert.Equal("retry: 1000", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
        _ = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith("data: {\"at\":", await reader.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        _clock.Advance(LiveViewers.Interval);
        _ = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith("data: {", await reader.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await _server.StopAsync(TestContext.Current.CancellationToken);

        Assert.Contains("event: over", await reader.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_watching_is_no_timer_and_the_last_one_to_leave_stops_it()
    {
        Assert.Equal(0, _clock.PendingTimers);
        var one = _viewers.Join()!;
        var other = _viewers.Join()!;
        Assert.Equal(1, _clock.PendingTimers);
        _viewers.Leave(one);
        Assert.Equal(1, _clock.PendingTimers);
        _viewers.Leave(other);
        Assert.Equal(0, _clock.PendingTimers);
    }

    [Fact]
    public void A_viewer_that_does_not_read_loses_frames_and_takes_no_more_room()
    {
        var slow = _viewers.Join()!;
        var quick = _viewers.Join()!;
        int read = 0;
        for (int i = 0; i < 1_000; i++)
        {
            _clock.Advance(LiveViewers.Interval);
            while (quick.Reader.TryRead(out _))
                read++;
        }

        Assert.Equal((1_001, 20), (read, slow.Reader.Count));
    }

    [Fact]
    public async Task A_port_in_use_and_a_host_that_is_none_are_configuration_errors_that_name_the_key()
    {
        using Socket taken = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        int port = ((IPEndPoint)taken.LocalEndPoint!).Port;

        Assert.Equal(
            $"Live:Port is {port} on localhost, but something else listens on that port; choose another one, or 0 for any free one", await ErrorAsync(new LiveOptions { Port = port }));
        Assert.StartsWith("Live:Host is 'no.such.host.invalid', which is neither an address nor a name that has one", await ErrorAsync(new LiveOptions { Port = 0, Host = "no.such.host.invalid" }), StringComparison.Ordinal);
        Assert.StartsWith("Live:Port is 0 on 192.0.2.1, but the worker cannot listen there", await ErrorAsync(new LiveOptions { Port = 0, Host = "192.0.2.1" }), StringComparison.Ordinal);
    }

    private async Task<string> ErrorAsync(LiveOptions options) =>
        Assert.Single((await Assert.ThrowsAsync<IngestionConfigurationException>(() => Create(options).StartAsync(TestContext.Current.CancellationToken))).Errors);

    private LiveServer Create(LiveOptions options) => new(Options.Create(options), _viewers, new BrowserWish(IsLive: false), NullLogger<LiveServer>.Instance);
}
