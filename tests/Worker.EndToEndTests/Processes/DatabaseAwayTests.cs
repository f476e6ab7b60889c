using System.Net;
using System.Net.Sockets;
using Npgsql;
using TestSupport.Faults;
using TestSupport.Postgres;
using TestSupport.Processes;
using UpstreamSimulator;

namespace Worker.EndToEndTests.Processes;

/// <summary>The whole worker, while its database goes away: in the middle of a run, and when it is to stop.</summary>
public sealed class DatabaseAwayTests(PostgresServer postgres)
{
    private static readonly SimulatorOptions Slow = new() { Latency = TimeSpan.FromMilliseconds(20) };
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_run_goes_on_when_its_server_was_killed_and_started_again()
    {
        await using var cluster = new PostgresCluster();
        await cluster.CreateAsync();
        await using Stage stage = await Stage.SetAsync(cluster, Slow);
        int port = FreePort();
        await using WorkerProcess worker = stage.Start(
            "run --ids 1-500 --dop 8", ("Health__Port", $"{port}"),
            ("ConnectionStrings__Postgres", new NpgsqlConnectionStringBuilder(stage.ConnectionString) { Password = "topsecret" }.ConnectionString));
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 100);
        Assert.Equal("ready", await WaitForReadinessAsync(port, HttpStatusCode.OK));

        await cluster.KillAsync(Signal.Kill);
        string problem = await WaitForReadinessAsync(port, HttpStatusCode.ServiceUnavailable);
        Assert.StartsWith("database: ", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("topsecret", problem, StringComparison.Ordinal);
        await cluster.StartAsync();
        Assert.Equal("ready", await WaitForReadinessAsync(port, HttpStatusCode.OK));
        ProcessResult result = await worker.WaitForExitAsync(Patience);

        Assert.True(result.ExitCode == 0, result.StandardError);
        Assert.Equal(500, stage.Upstream.Statistics.TotalRequests);
        Assert.Equal(500, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes WHERE outcome = 'Ingested'"));
        Assert.DoesNotContain("topsecret", result.StandardError, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("refuses")]
    [InlineData("is silent")]
    public async Task A_database_that_is_away_does_not_hold_up_the_end(string how)
    {
        await using Stage stage = await Stage.SetAsync(postgres, Slow);
        var settings = new NpgsqlConnectionStringBuilder(stage.ConnectionString);
        await using var way = new TcpProxy(settings.Port);
        settings.Port = way.Port;
        await using WorkerProcess worker = stage.Start(
            "run --ids 1-800 --dop 8", ("ConnectionStrings__Postgres", settings.ConnectionString), ("Ingestion__ShutdownTimeout", "00:00:01"));
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 100);

        if (how == "refuses")
        {
            way.TargetPort = 0;
            way.Cut();
        }
        else
        {
            way.Freeze();
        }

        worker.Send(Signal.Terminate);
        ProcessResult result = await worker.WaitForExitAsync(Patience);

        Assert.True(result.ExitCode == 3, $"exit code {result.ExitCode}: {result.StandardError}");
        way.TargetPort = new NpgsqlConnectionStringBuilder(stage.ConnectionString).Port;
        way.Thaw();
        stage.Upstream.Options = new SimulatorOptions();
        await stage.IngestAsync("--ids 1-800");
        Assert.Equal("finished 800", await stage.QueryAsync<string>("SELECT string_agg(status || ' ' || ingested, ',') FROM ingestion.runs"));
    }

    private static async Task<string> WaitForReadinessAsync(int port, HttpStatusCode wanted)
    {
        using var client = new HttpClient { Timeout = Patience };
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            using HttpResponseMessage answer = await client.GetAsync(new Uri($"http://127.0.0.1:{port}/healthz/ready"), patience.Token);
            if (answer.StatusCode == wanted)
                return (await answer.Content.ReadAsStringAsync(patience.Token)).Trim();
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
