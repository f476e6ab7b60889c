using System.Text.Json;
using TestSupport.Processes;
using TestSupport.Upstream;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Worker.EndToEndTests.Processes;

/// <summary>The main job, as a user sees it: exit code, summary, rows.</summary>
public sealed class RunTests(PostgresServer postgres)
{
    private static readonly string[] SummaryKeys =
    [
        "runId", "source", "strategy", "degreeOfParallelism", "requested", "ingested", "unchanged", "notFound", "failed", "retries",
        "elapsedSeconds", "itemsPerSecond", "maxInFlight", "distinctThreads", "spansExported", "spansDropped", "boundBy",
        "cpuSeconds", "allocatedBytes", "peakMemoryBytes", "traceId", "slotTime", "suggestedDegreeOfParallelism", "advice", "concurrencyLimit",
        "slowest", "traces", "failAbove", "failedTooMany",
    ];

    public static TheoryData<string> Strategies => ["Sequential", "ThreadPerItem", "ThreadPool", "EventLoop", "Async", "Pipeline", "Adaptive"];

    public static MatrixTheoryData<string, string> StrategiesAndKeys => new(Strategies.Select(row => row.Data), ["integers", "texts"]);

    [Fact]
    public async Task All_826_are_ingested_once_and_unchanged_the_second_time()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        const string rowVersions = "SELECT string_agg(xmin::text || ctid::text, ',' ORDER BY id) FROM ingestion.characters";

        JsonElement first = await stage.IngestAsync("");
        string before = await stage.QueryAsync<string>(rowVersions);
        JsonElement second = await stage.IngestAsync("");

        Assert.Equal(SummaryKeys, first.EnumerateObject().Select(property => property.Name));
        Assert.Equal((826, 0), (Number(first, "ingested"), Number(first, "unchanged")));
        Assert.Equal((0, 826), (Number(second, "ingested"), Number(second, "unchanged")));
        Assert.Equal(before, await stage.QueryAsync<string>(rowVersions));
        Assert.Equal(2 * 826, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes"));
        Assert.Equal(826, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.characters WHERE (raw->>'id')::int = id AND name <> ''"));
    }

    [Theory, MemberData(nameof(StrategiesAndKeys))]
    public async Task Every_id_ends_in_exactly_one_outcome_whatever_goes_wrong(string strategy, string keyKind)
    {
        var keys = KeyKind.Of(keyKind);
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions
        {
            Faults = FaultPlan.Parse("5:500,503;7:*html;9:*wrong-id;11:*500;13:reset;15:truncated;17:429@0;19:*400;21:*redirect"),
        });

        JsonElement summary = await stage.IngestAsync($"{stage.ArgumentsFor(keys, "1-25,800-850")} --strategy {strategy} --dop 8", exitCode: 2, keys.Settings);

        Assert.Equal(76, Number(summary, "requested"));
        Assert.Equal(24, Number(summary, "notFound"));
        Assert.Equal(5, Number(summary, "failed"));
        Assert.Equal(47, Number(summary, "ingested"));
        Assert.Equal(string.Join('|', new[] { 7, 9, 11, 19, 21 }.Select(keys.Key)), await stage.QueryAsync<string>(
            "SELECT string_agg(item_id::text, '|' ORDER BY item_id) FROM ingestion.outcomes WHERE outcome = 'Failed' AND error <> ''"));
        Assert.Equal(76, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes"));
        Assert.Equal(47, await stage.QueryAsync<long>($"SELECT count(*) FROM ingestion.outcomes JOIN {keys.Table} ON id = item_id WHERE outcome = 'Ingested'"));
        Assert.Equal(5, stage.Upstream.Statistics.Requests(11));
        Assert.Equal(1, stage.Upstream.Statistics.Requests(7));
        Assert.Equal(2, stage.Upstream.Statistics.Requests(13));
    }

    [Fact]
    public async Task The_catalog_is_asked_how_many_there_are()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Characters = 123 });

        JsonElement summary = await stage.IngestAsync("--source Catalog");

        Assert.Equal((123, 123), (Number(summary, "requested"), Number(summary, "ingested")));
        Assert.Equal("catalog", summary.GetProperty("source").GetString());
    }

    [Theory, MemberData(nameof(StrategiesAndKeys))]
    public async Task A_signal_lets_items_in_flight_finish_and_the_next_run_goes_on(string strategy, string keyKind)
    {
        var keys = KeyKind.Of(keyKind);
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(200) });
        string arguments = $"{stage.ArgumentsFor(keys, "1-400")} --strategy {strategy} --dop 4";
        await using WorkerProcess worker = stage.Start($"run {arguments} --summary {stage.SummaryFile}", keys.Settings);
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 10);
        worker.Send(Signal.Terminate);
        ProcessResult stopped = await worker.WaitForExitAsync(TimeSpan.FromMinutes(1));
        JsonElement first = stage.ReadSummary();
        int done = Number(first, "ingested");

        Assert.True(stopped.ExitCode == 3, stopped.StandardError);
        Assert.InRange(done, 1, 399);
        Assert.Equal(stage.Upstream.Statistics.TotalRequests, done);
        Assert.Equal("stopped", await stage.QueryAsync<string>("SELECT status FROM ingestion.runs"));

        stage.Upstream.Options = new SimulatorOptions();
        JsonElement second = await stage.IngestAsync(arguments, exitCode: 0, keys.Settings);

        Assert.Equal(first.GetProperty("runId").GetString(), second.GetProperty("runId").GetString());
        Assert.Equal(400, Number(second, "ingested"));
        Assert.Equal(400, stage.Upstream.Statistics.TotalRequests);
        Assert.Equal("finished", await stage.QueryAsync<string>("SELECT status FROM ingestion.runs"));
    }

    [Theory, MemberData(nameof(Strategies))]
    public async Task A_signal_does_not_wait_for_a_closed_gate(string strategy)
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        await stage.Upstream.PauseListeningAsync();
        await using WorkerProcess worker = stage.Start($"run --ids 1-20 --strategy {strategy} --dop 4", ("Ingestion__ShutdownTimeout", "01:00:00"));
        await worker.WaitForOutputAsync(line => line.Contains("gate is closed", StringComparison.Ordinal), TimeSpan.FromMinutes(1));

        worker.Send(Signal.Terminate);
        ProcessResult result = await worker.WaitForExitAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(3, result.ExitCode);
        Assert.Equal(0, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes"));
        Assert.Equal("stopped", await stage.QueryAsync<string>("SELECT status FROM ingestion.runs"));
    }

    [Fact]
    public async Task A_run_is_repeated_until_a_signal_comes()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        await using WorkerProcess worker = stage.Start("run --ids 1-5 --repeat 1ms");
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 15);
        worker.Send(Signal.Terminate);
        ProcessResult result = await worker.WaitForExitAsync(TimeSpan.FromMinutes(1));

        Assert.Contains(result.ExitCode, new[] { 0, 3 });
        Assert.InRange(await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.runs WHERE status = 'finished'"), 2, long.MaxValue);
    }

    [Fact]
    public async Task Status_lists_the_runs_and_migrate_says_what_it_did()
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        ProcessResult migrated = await stage.RunAsync("migrate");
        ProcessResult again = await stage.RunAsync("migrate");
        await stage.IngestAsync("--ids 1-7");
        ProcessResult status = await stage.RunAsync("status");

        Assert.Equal((0, 0, 0), (migrated.ExitCode, again.ExitCode, status.ExitCode));
        Assert.Contains("0001_", migrated.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("up to date", again.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("ids:1-7", status.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("finished", status.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_collector_nothing_is_exported_and_the_summary_says_so()
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        ProcessResult result = await stage.RunAsync("run --ids 1-5", ("OTEL_EXPORTER_OTLP_ENDPOINT", null));

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("not exported: OTEL_EXPORTER_OTLP_ENDPOINT is not set", result.StandardOutput, StringComparison.Ordinal);
        Assert.Empty(stage.Collector.Spans);
        Assert.DoesNotContain('\u001b', result.StandardOutput);
    }

    private static int Number(JsonElement summary, string key) => summary.GetProperty(key).GetInt32();
}
