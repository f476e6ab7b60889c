using System.Net;
using System.Text.RegularExpressions;
using Ingestion;
using Ingestion.Runs;
using Ingestion.Upstream;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Worker.Hosting;
using Worker.Live;
using Worker.Reports;

namespace Worker.Tests;

/// <summary>What the page may ask for, who may ask, and what nobody may.</summary>
public sealed partial class LiveControlTests : IAsyncDisposable
{
    private const string Secret = "correct-horse-battery";

    private readonly HttpClient _client = new();
    private readonly List<string> _log = [];
    private ServiceProvider? _services;
    private LiveServer? _server;
    private string _pageToken = "";

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.StopAsync(CancellationToken.None);
        if (_services is not null)
            await _services.DisposeAsync();
        _client.Dispose();
    }

    [Fact]
    public async Task The_page_itself_changes_the_degree_the_rate_and_pauses_and_the_log_says_who_asked_and_from_what_to_what()
    {
        await StartAsync();

        Assert.Equal((HttpStatusCode.OK, "degree 5 → 10"), await AskAsync("degree", "10"));
        Assert.Equal((HttpStatusCode.OK, "degree is 10 already"), await AskAsync("degree", "10"));
        Assert.Equal((HttpStatusCode.OK, "rate limit none → 20"), await AskAsync("rate", "20"));
        Assert.Equal((HttpStatusCode.OK, "rate limit 20 → 0.5"), await AskAsync("rate", "0.5"));
        Assert.Equal((HttpStatusCode.OK, "rate limit 0.5 → none"), await AskAsync("rate", "none"));
        Assert.Equal((HttpStatusCode.OK, "pause"), await AskAsync("pause"));
        Assert.Equal((HttpStatusCode.OK, "paused already"), await AskAsync("pause"));
        Assert.True(Run.IsPaused);
        Assert.Equal((HttpStatusCode.OK, "go on"), await AskAsync("go-on"));
        Assert.Equal((HttpStatusCode.OK, "not paused"), await AskAsync("go-on"));

        Assert.False(Run.IsPaused);
        Assert.Equal(10, Degree);
        Assert.Null(_services!.GetRequiredService<IOptionsMonitor<UpstreamOptions>>().CurrentValue.RequestsPerSecond);
        string[] changes = ["degree 5 → 10", "rate limit none → 20", "rate limit 20 → 0.5", "rate limit 0.5 → none", "pause", "go on"];
        Assert.Equal(changes, Run.Marks.Select(mark => mark.Text));
        Assert.Equal(changes.Select(change => $"Asked through the live page by 127.0.0.1: {change}"), _log);
    }

    [Fact]
    public async Task Draining_asks_to_stop_once_however_often_it_is_pressed()
    {
        await StartAsync();
        StopSignals signals = _services!.GetRequiredService<StopSignals>();

        Assert.Equal((HttpStatusCode.OK, "drain"), await AskAsync("drain"));
        Assert.Equal((HttpStatusCode.OK, "stopping already"), await AskAsync("drain"));

        Assert.True(signals.First.IsCancellationRequested);
        Assert.False(signals.Second.IsCancellationRequested);
    }

    /// <summary>Each way in which a site elsewhere can make a browser ask.</summary>
    public static TheoryData<string, string?> Foreign => new()
    {
        { "Origin", "https://evil.example" },
        { "Origin", "http://localhost" },
        { "Origin", "http://localhost:1" },
        { "Origin", "http://localhost.evil.example:{port}" },
        { "Origin", "http://localhost:{port}.evil.example" },
        { "Origin", "http://evil.example#localhost:{port}" },
        { "Origin", "http://127.0.0.1:{port}" },
        { "Origin", "null" },
        { "Origin", "" },
        { "Origin", null },
        { "Host", "evil.example" },
        { "Host", "localhost.evil.example" },
        { "Sec-Fetch-Site", "cross-site" },
        { "Sec-Fetch-Site", "same-site" },
        { "Sec-Fetch-Site", "none" },
        { ControlGuard.PageTokenHeader, null },
        { ControlGuard.PageTokenHeader, "" },
        { ControlGuard.PageTokenHeader, "0123456789abcdef0123456789abcdef" },
    };

    [Theory, MemberData(nameof(Foreign))]
    public async Task A_request_that_is_not_of_the_page_is_refused_and_changes_nothing(string header, string? value)
    {
        await StartAsync();
        string port = _server!.Address!.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        foreach ((string what, string body) in ((string, string)[])[("degree", "10"), ("rate", "1"), ("pause", ""), ("drain", "")])
        {
            using HttpRequestMessage request = Request(what, body);
            request.Headers.Remove(header);
            if (value is not null)
                request.Headers.TryAddWithoutValidation(header, value.Replace("{port}", port, StringComparison.Ordinal));
            if (header == "Host")
                request.Headers.TryAddWithoutValidation("Origin", $"http://{value}");
            using HttpResponseMessage response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        }

        AssertNothingChanged();
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("OPTIONS")]
    public async Task No_other_method_changes_anything_and_no_other_site_is_told_that_it_may_ask(string method)
    {
        await StartAsync();
        using HttpRequestMessage request = Request("degree", "10");
        request.Method = new HttpMethod(method);
        using HttpResponseMessage response = await _client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.DoesNotContain(response.Headers, header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
        AssertNothingChanged();
    }

    [Theory]
    [InlineData("degree", "0", "the degree of parallelism can be a whole number from 1 to 50")]
    [InlineData("degree", "51", "the degree of parallelism can be a whole number from 1 to 50")]
    [InlineData("degree", "-1", "the degree of parallelism can be a whole number from 1 to 50")]
    [InlineData("degree", "2.5", "the degree of parallelism can be a whole number from 1 to 50")]
    [InlineData("degree", "99999999999999999999", "the degree of parallelism can be a whole number from 1 to 50")]
    [InlineData("degree", "", "the degree of parallelism can be a whole number from 1 to 50")]
    [InlineData("degree", "auto", "the degree of parallelism can be a whole number from 1 to 50")]
    [InlineData("rate", "0", "the rate limit can be none, or a number of requests a second from 0.1 to 10000")]
    [InlineData("rate", "10001", "the rate limit can be none, or a number of requests a second from 0.1 to 10000")]
    [InlineData("rate", "-5", "the rate limit can be none, or a number of requests a second from 0.1 to 10000")]
    [InlineData("rate", "NaN", "the rate limit can be none, or a number of requests a second from 0.1 to 10000")]
    [InlineData("rate", "1e3", "the rate limit can be none, or a number of requests a second from 0.1 to 10000")]
    [InlineData("degree", "000000000000000000000000000000000000000000000005", "at most 32 bytes")]
    public async Task What_cannot_be_is_answered_with_one_line_and_changes_nothing(string what, string value, string expected)
    {
        await StartAsync();

        Assert.Equal((HttpStatusCode.BadRequest, expected), await AskAsync(what, value));

        AssertNothingChanged();
    }

    [Fact]
    public async Task Nothing_else_can_be_asked_for()
    {
        await StartAsync();

        Assert.Equal((HttpStatusCode.NotFound, "only degree, rate, pause, go-on and drain"), await AskAsync("kill"));
        Assert.Equal(HttpStatusCode.NotFound, (await AskAsync("")).Status);
    }

    [Fact]
    public async Task Where_control_is_not_asked_for_there_is_nothing_to_ask_and_the_page_has_no_token()
    {
        await StartAsync(("Live:Control", "false"));

        Assert.Equal(HttpStatusCode.NotFound, (await AskAsync("pause")).Status);
        Assert.Contains("<script id=\"control-data\" type=\"application/json\">null</script>", await _client.GetStringAsync(_server!.Address, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        AssertNothingChanged();
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("Bearer ", HttpStatusCode.Unauthorized)]
    [InlineData("Bearer wrong-horse-battery", HttpStatusCode.Unauthorized)]
    [InlineData($"Bearer {Secret}x", HttpStatusCode.Unauthorized)]
    [InlineData(Secret, HttpStatusCode.Unauthorized)]
    [InlineData($"Bearer {Secret}", HttpStatusCode.OK)]
    public async Task Where_a_token_is_set_it_has_to_be_given_and_stands_neither_in_the_page_nor_in_the_log(string? authorization, HttpStatusCode expected)
    {
        await StartAsync(("Live:Token", Secret));
        using HttpRequestMessage request = Request("degree", "10");
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        using HttpResponseMessage response = await _client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal((expected, expected == HttpStatusCode.OK ? 10 : 5), (response.StatusCode, Degree));
        Assert.DoesNotContain(Secret, await _client.GetStringAsync(_server!.Address, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.DoesNotContain(_log, line => line.Contains(Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_others_can_reach_the_page_control_without_a_token_is_a_configuration_error()
    {
        Ingestion.Configuration.IngestionConfigurationException error = await Assert.ThrowsAsync<Ingestion.Configuration.IngestionConfigurationException>(() => StartAsync(("Live:Host", "0.0.0.0")));

        Assert.Equal("Live:Control is true and Live:Host is '0.0.0.0', which others can reach; set Live:Token to 16 characters or more that only you know, or Live:Host to localhost", Assert.Single(error.Errors));
        await StartAsync(("Live:Host", "0.0.0.0"), ("Live:Token", Secret));
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync("pause")).Status);
    }

    [Fact]
    public async Task A_strategy_with_a_fixed_degree_says_so()
    {
        await StartAsync(("Ingestion:Strategy", "sequential"));

        Assert.Equal((HttpStatusCode.Conflict, "Sequential always has 1 item in flight; the degree of parallelism can be changed with the other strategies"), await AskAsync("degree", "10"));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync("rate", "10")).Status);
    }

    [Theory]
    [InlineData("1", 50)]
    [InlineData("16", 64)]
    [InlineData("400", 1_000)]
    [InlineData("5000", 5_000)]
    [InlineData("auto", 1_000)]
    [InlineData("0", 1_000)]
    public async Task The_slider_reaches_four_times_as_far_as_what_is_configured_but_not_without_end(string configured, int most)
    {
        await StartAsync(("Ingestion:Strategy", "Async"), ("Ingestion:DegreeOfParallelism", configured));

        Assert.Equal(most, _services!.GetRequiredService<LiveControl>().MaxDegree);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync("degree", most.ToString(System.Globalization.CultureInfo.InvariantCulture))).Status);
        Assert.Equal(most, Degree);
    }

    [Fact]
    public async Task A_configuration_that_has_an_error_meanwhile_is_named_and_nothing_is_half_done()
    {
        await StartAsync();
        _services!.GetRequiredService<IConfiguration>()["Upstream:MaxAttempts"] = "none";

        Assert.Equal((HttpStatusCode.Conflict, "nothing can be changed while the configuration has an error; the log names it"), await AskAsync("degree", "10"));

        AssertNothingChanged();
    }

    private RunControl Run => _services!.GetRequiredService<RunControl>();

    private int Degree => _services!.GetRequiredService<IOptionsMonitor<IngestionOptions>>().CurrentValue.DegreeOfParallelism.Number;

    private void AssertNothingChanged()
    {
        Assert.Equal((5, false, false), (Degree, Run.IsPaused, _services!.GetRequiredService<StopSignals>().IsStopping));
        Assert.Null(_services!.GetRequiredService<IOptionsMonitor<UpstreamOptions>>().CurrentValue.RequestsPerSecond);
        Assert.Empty(Run.Marks);
        Assert.Empty(_log);
    }

    private async Task StartAsync(params (string Key, string? Value)[] settings)
    {
        ConfigurationManager configuration = new();
        AskedSettings asked = new();
        Dictionary<string, string?> values = new(StringComparer.OrdinalIgnoreCase)
        {
            ["ConnectionStrings:Postgres"] = "Host=localhost",
            ["Ingestion:Strategy"] = "ThreadPool",
            ["Ingestion:DegreeOfParallelism"] = "5",
            ["Live:Port"] = "0",
            ["Live:Control"] = "true",
        };
        foreach ((string key, string? value) in settings)
            values[key] = value;
        configuration.AddJsonFile(Repository.PathOf("src/Worker/appsettings.json"), optional: false, reloadOnChange: false).AddInMemoryCollection(values);
        ((IConfigurationBuilder)configuration).Add(asked);

        ServiceCollection services = new();
        services.AddLogging(logging => logging.AddProvider(new ListLogger(_log)).AddFilter((category, _) => category == typeof(LiveControl).FullName)).AddIngestion(configuration);
        Ingestion.Configuration.Settings.AddSettings<LiveOptions>(services, configuration, LiveOptions.Section);
        services.AddSingleton<IConfiguration>(configuration).AddSingleton(asked).AddSingleton<StopSignals>().AddSingleton<LiveControl>().AddSingleton<LiveFrames>()
            .AddSingleton<LiveViewers>().AddSingleton(new TraceViewer(viewer: null, "")).AddSingleton(new BrowserWish(IsLive: false)).AddSingleton<LiveServer>();
        _services = services.BuildServiceProvider();
        _server = _services.GetRequiredService<LiveServer>();
        await _server.StartAsync(TestContext.Current.CancellationToken);
        _pageToken = PageToken().Match(await _client.GetStringAsync(_server.Address, TestContext.Current.CancellationToken)).Groups["token"].Value;
    }

    private HttpRequestMessage Request(string what, string body)
    {
        Uri address = _server!.Address!;
        return new HttpRequestMessage(HttpMethod.Post, new Uri(address, "control/" + what))
        {
            Content = new StringContent(body),
            Headers = { { "Origin", address.GetLeftPart(UriPartial.Authority) }, { "Sec-Fetch-Site", "same-origin" }, { ControlGuard.PageTokenHeader, _pageToken } },
        };
    }

    private async Task<(HttpStatusCode Status, string Text)> AskAsync(string what, string body = "")
    {
        using HttpRequestMessage request = Request(what, body);
        using HttpResponseMessage response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).TrimEnd('\n'));
    }

    private sealed class ListLogger(List<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => lines.Add(formatter(state, exception));

        public void Dispose()
        {
        }
    }

    [GeneratedRegex("\"token\":\"(?<token>[0-9a-f]{32})\"", RegexOptions.NonBacktracking)]
    private static partial Regex PageToken();
}
