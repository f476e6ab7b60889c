using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using TestSupport.Processes;
using TestSupport.Tls;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Worker.EndToEndTests.Processes;

/// <summary>An upstream that refuses everything, or never answers, ends the run with 69, says what to do, and costs no item.</summary>
public sealed class UpstreamGivenUpTests(PostgresServer postgres)
{
    private const string Nowhere = "http://127.0.0.1:1/";

    private static readonly (string, string?)[] Soon = [("Upstream__RefusalTimeout", "00:00:02"), ("Upstream__StartupTimeout", "00:00:02")];

    [Theory]
    [InlineData("Sequential", 1)]
    [InlineData("ThreadPool", 1)]
    [InlineData("Async", 1)]
    [InlineData("Pipeline", 1)]
    [InlineData("Async", 10)]
    public async Task A_key_that_expires_costs_no_item_and_the_next_run_goes_on(string strategy, int idsPerRequest)
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(20) });
        string run = $"--ids 1-600 --strategy {strategy} --dop 8";
        (string, string?)[] settings = [.. Soon, ("Upstream__IdsPerRequest", $"{idsPerRequest}")];

        await using WorkerProcess worker = stage.Start($"run --summary {stage.SummaryFile} {run}", settings);
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 20);
        stage.Upstream.Options = new SimulatorOptions { ErrorRates = FaultRates.Parse("403=1") };
        ProcessResult stopped = await worker.WaitForExitAsync(TimeSpan.FromMinutes(2));

        Assert.True(stopped.ExitCode == 69, $"exit code {stopped.ExitCode}\n{stopped.StandardError}");
        Assert.InRange(Number(stage.ReadSummary(), "ingested"), 10, 590);
        Assert.Equal(0, Number(stage.ReadSummary(), "failed"));
        Assert.Equal(Number(stage.ReadSummary(), "ingested"), await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes"));
        Assert.Contains($"not available: The upstream {stage.Upstream.BaseAddress} has refused everything for 00:00:02 (Upstream:RefusalTimeout): HTTP 403. ", stopped.StandardError, StringComparison.Ordinal);
        Assert.Equal(2, stopped.StandardError.Split("refuses everything").Length);

        stage.Upstream.Options = new SimulatorOptions();
        JsonElement finished = await stage.IngestAsync(run, exitCode: 0, settings);

        Assert.Equal((600, 600), (Number(finished, "requested"), Number(finished, "ingested")));
        Assert.Equal("finished", await stage.QueryAsync<string>("SELECT string_agg(status, ',') FROM ingestion.runs"));
    }

    [Fact]
    public async Task A_redirect_to_another_server_is_told_with_the_address_to_configure()
    {
        await using Stage stage = await Stage.SetAsync(
            postgres, new SimulatorOptions { ErrorRates = FaultRates.Parse("redirect=1"), RedirectTo = new Uri("https://api.example/") });

        await AssertGivenUpAsync(stage, "--ids 1-20", "refuses everything: a redirect to another server is not followed: https://api.example/");
    }

    [Fact]
    public async Task Tls_where_there_is_none_and_none_where_there_is_are_told_apart()
    {
        using TestAuthority authority = new();
        using X509Certificate2 certificate = authority.Issue("127.0.0.1");
        await using Stage plain = await Stage.SetAsync(postgres);
        await using Stage secure = await Stage.SetAsync(postgres, certificate: certificate);

        await AssertGivenUpAsync(
            plain, "--ids 1-20", "has not answered once in 00:00:02 (Upstream:StartupTimeout): the server does not speak TLS on this port: is it http://?",
            ("Upstream__BaseAddress", With("https", plain.Upstream.BaseAddress)));
        await AssertGivenUpAsync(
            secure, "--ids 1-20", $"If the server speaks TLS on this port, begin Upstream:BaseAddress with https://127.0.0.1:{secure.Upstream.BaseAddress.Port}/",
            ("Upstream__BaseAddress", With("http", secure.Upstream.BaseAddress)));
    }

    [Theory]
    [InlineData("--ids 1-3", "http://no-such-host.invalid/api/", "host name not resolved (no-such-host.invalid:80)")]
    [InlineData("--ids 1", Nowhere, "connection refused (127.0.0.1:1)")]
    [InlineData("--ids 1-100 --strategy ThreadPerItem", Nowhere, "connection refused (127.0.0.1:1)")]
    [InlineData("--source Catalog", Nowhere, "connection refused (127.0.0.1:1)")]
    public async Task A_host_that_is_not_there_is_named(string arguments, string address, string reason)
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        await AssertGivenUpAsync(stage, arguments, $"has not answered once in 00:00:02 (Upstream:StartupTimeout): {reason}", ("Upstream__BaseAddress", address));
    }

    [Theory]
    [InlineData("http", "HTTP_PROXY")]
    [InlineData("https", "HTTPS_PROXY")]
    public async Task A_proxy_that_is_not_there_is_named(string scheme, string variable)
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        await AssertGivenUpAsync(
            stage, "--ids 1-20", $"connection refused (the proxy 127.0.0.1:1). Correct {variable}",
            ("Upstream__BaseAddress", $"{scheme}://api.example/"), (variable, "http://user:secret@127.0.0.1:1"), ("NO_PROXY", "127.0.0.1"));
    }

    [Theory]
    [InlineData("http", "HTTP_PROXY", "--ids 1-20")]
    [InlineData("https", "HTTPS_PROXY", "--ids 1-20")]
    [InlineData("https", "HTTPS_PROXY", "--ids 1-20 --strategy ThreadPool")]
    [InlineData("http", "HTTP_PROXY", "--source Catalog")]
    public async Task A_proxy_that_wants_credentials_is_named(string scheme, string variable, string arguments)
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        using TcpListener proxy = new(IPAddress.Loopback, 0);
        proxy.Start();
        using var stop = new CancellationTokenSource();
        Task refusing = RefuseAsync(proxy, stop.Token);
        int port = ((IPEndPoint)proxy.LocalEndpoint).Port;

        await AssertGivenUpAsync(
            stage, arguments, $"has refused everything for 00:00:02 (Upstream:RefusalTimeout): HTTP 407 from the proxy 127.0.0.1:{port}. ",
            ("Upstream__BaseAddress", $"{scheme}://api.example/"), (variable, $"http://user:secret@127.0.0.1:{port}"), ("NO_PROXY", "127.0.0.1"));

        await stop.CancelAsync();
        await refusing;
    }

    private static async Task AssertGivenUpAsync(Stage stage, string arguments, string message, params (string, string?)[] settings)
    {
        ProcessResult result = await stage.RunAsync($"run {arguments}", [.. Soon, .. settings]);

        Assert.True(result.ExitCode == 69, $"exit code {result.ExitCode}\n{result.StandardError}");
        Assert.Contains("not available: The upstream ", result.StandardError, StringComparison.Ordinal);
        Assert.Contains(message, result.StandardError, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", result.StandardError, StringComparison.Ordinal);
        Assert.Equal(0, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes"));
    }

    private static async Task RefuseAsync(TcpListener proxy, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                using TcpClient client = await proxy.AcceptTcpClientAsync(stop);
                using StreamReader reader = new(client.GetStream(), leaveOpen: true);
                while (await reader.ReadLineAsync(stop) is { Length: > 0 })
                {
                    // The request does not matter.
                }

                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 407 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), stop);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private static string With(string scheme, Uri address) => new UriBuilder(address) { Scheme = scheme }.Uri.AbsoluteUri;

    private static int Number(JsonElement summary, string key) => summary.GetProperty(key).GetInt32();
}
