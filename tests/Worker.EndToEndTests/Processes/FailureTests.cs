using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Npgsql;
using TestSupport.Otlp;
using TestSupport.Processes;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Worker.EndToEndTests.Processes;

/// <summary>An upstream that fails for some characters, and one that fails as a whole.</summary>
public sealed class FailureTests(PostgresServer postgres)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Characters_that_never_work_do_not_keep_the_run_from_ending()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Faults = FaultPlan.Parse("81-100:*503") });

        JsonElement summary = await stage.IngestAsync("--ids 1-100", exitCode: 2, ("Tracing__MaxTracesPerSecond", "1000"));

        Assert.Equal((80, 20), (summary.GetProperty("ingested").GetInt32(), summary.GetProperty("failed").GetInt32()));
        Assert.Equal(20, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes WHERE outcome = 'Failed' AND item_id > 80 AND error = 'HTTP 503'"));
        ReceivedSpan[] canaries = [.. stage.Collector.Spans.Named("fetch").Where(span => span.Attributes.ContainsKey("ingestion.canary.id"))];
        Assert.NotEmpty(canaries);
        Assert.All(canaries, span => Assert.InRange(span.Number("ingestion.canary.id"), 1, 80));
    }

    [Theory]
    [InlineData("Async")]
    [InlineData("ThreadPool")]
    public async Task An_upstream_that_is_away_for_a_while_costs_time_and_nothing_else(string strategy)
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(20) });
        await using WorkerProcess worker = stage.Start($"run --ids 1-300 --strategy {strategy} --dop 8 --summary {stage.SummaryFile}");
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 20);

        stage.Upstream.Options = new SimulatorOptions { ErrorRates = FaultRates.Parse("503=1") };
        await worker.WaitForOutputAsync(line => line.Contains("gate is closed for 00:00:01", StringComparison.Ordinal), Patience);
        await stage.Upstream.PauseListeningAsync();
        await worker.WaitForOutputAsync(line => line.Contains("gate is closed for 00:00:02", StringComparison.Ordinal), Patience);
        stage.Upstream.Options = new SimulatorOptions();
        await stage.Upstream.ResumeListeningAsync();
        ProcessResult result = await worker.WaitForExitAsync(Patience);

        Assert.True(result.ExitCode == 0, result.StandardError);
        Assert.Equal(300, stage.ReadSummary().GetProperty("ingested").GetInt32());
    }

    [Fact]
    public async Task A_run_that_hangs_turns_liveness_red_until_it_goes_on()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        Assert.Equal(0, (await stage.RunAsync("migrate")).ExitCode);
        int port = FreePort();
        using HttpClient client = new() { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(stage.ConnectionString);
        await using NpgsqlConnection connection = await source.OpenConnectionAsync();
        await using NpgsqlTransaction hold = await connection.BeginTransactionAsync();
        await using (NpgsqlCommand command = new("LOCK TABLE ingestion.characters IN EXCLUSIVE MODE", connection, hold))
            await command.ExecuteNonQueryAsync();

        await using WorkerProcess worker = stage.Start(
            "run --ids 1-50 --dop 3 --repeat 1h",
            ("Health__Port", port.ToString(CultureInfo.InvariantCulture)), ("Ingestion__StallTimeout", "00:00:02"), ("Upstream__AttemptTimeout", "00:00:02"));
        string warning = await worker.WaitForOutputAsync(line => line.Contains("No item has ended for", StringComparison.Ordinal), Patience);
        using HttpResponseMessage red = await client.GetAsync(new Uri("/healthz/live", UriKind.Relative));
        await hold.RollbackAsync();
        await worker.WaitForOutputAsync(line => line.Contains("ended (Finished): 50 ingested", StringComparison.Ordinal), Patience);
        using HttpResponseMessage green = await client.GetAsync(new Uri("/healthz/live", UriKind.Relative));
        worker.Send(Signal.Terminate);
        ProcessResult result = await worker.WaitForExitAsync(Patience);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, red.StatusCode);
        Assert.Contains("although 3 are in flight", await red.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.All(Enumerable.Range(0, 3), slot => Assert.Matches($"slot {slot}: item \\d+, persist for 00:00:0", warning));
        Assert.Equal(HttpStatusCode.OK, green.StatusCode);
        Assert.Equal(0, result.ExitCode);
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
