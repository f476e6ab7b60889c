using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using TestSupport.Faults;
using TestSupport.Processes;
using TestSupport.Tls;
using UpstreamSimulator;

namespace Worker.EndToEndTests.Processes;

/// <summary>Over TLS the server may offer HTTP/2, on which many requests share a connection.</summary>
public sealed class Http2Tests : IAsyncLifetime
{
    private readonly PostgresServer _postgres;
    private readonly TestAuthority _authority = new();
    private readonly X509Certificate2 _certificate;

    public Http2Tests(PostgresServer postgres)
    {
        _postgres = postgres;
        _certificate = _authority.Issue("127.0.0.1");
    }

    private (string Name, string? Value)[] Trust => [("SSL_CERT_FILE", _authority.File), ("SSL_CERT_DIR", _authority.Folder)];

    public ValueTask InitializeAsync() => default;

    public ValueTask DisposeAsync()
    {
        _certificate.Dispose();
        _authority.Dispose();
        return default;
    }

    [Theory]
    [InlineData("Async", "2")]
    [InlineData("EventLoop", "2")]
    [InlineData("Pipeline", "2")]
    [InlineData("ThreadPool", "1.1")]
    public async Task Strategies_that_do_not_block_use_it_where_it_is_offered(string strategy, string version)
    {
        await using Stage stage = await Stage.SetAsync(_postgres, certificate: _certificate);

        JsonElement summary = await stage.IngestAsync($"--ids 1-30 --strategy {strategy} --dop 8", environment: Trust);

        Assert.Equal(30, summary.GetProperty("ingested").GetInt32());
        Assert.Equal([version], stage.Collector.Spans.Where(span => span.Name == "GET").Select(span => span.Attributes["network.protocol.version"]).Distinct());
    }

    [Fact]
    public async Task More_requests_are_in_flight_than_one_connection_may_carry()
    {
        await using Stage stage = await Stage.SetAsync(_postgres, new SimulatorOptions { Latency = TimeSpan.FromSeconds(2) }, _certificate);

        JsonElement summary = await stage.IngestAsync("--ids 1-400 --strategy Async --dop 400", environment: Trust);

        Assert.Equal(400, summary.GetProperty("ingested").GetInt32());
        Assert.InRange(stage.Upstream.Statistics.MaxInFlight, 300, 400); // A server allows 100 on a connection.
    }

    [Fact]
    public async Task A_connection_that_has_gone_silent_is_given_up_and_every_item_is_ingested()
    {
        await using Stage stage = await Stage.SetAsync(_postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(100) }, _certificate);
        await using TcpProxy way = new(stage.Upstream.BaseAddress.Port);
        string address = new UriBuilder(stage.Upstream.BaseAddress) { Port = way.Port }.ToString();
        await using WorkerProcess worker = stage.Start(
            $"run --ids 1-200 --strategy Async --dop 2 --summary {stage.SummaryFile}",
            [.. Trust, ("Upstream__BaseAddress", address), ("Upstream__AttemptTimeout", "00:00:01")]);
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 20);

        way.Silence();
        ProcessResult result = await worker.WaitForExitAsync(TimeSpan.FromMinutes(1));

        Assert.True(result.ExitCode == 0, result.StandardOutput + result.StandardError);
        Assert.Equal(200, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.characters"));
    }
}
