using System.Diagnostics;
using System.Text.Json;
using Npgsql;
using TestSupport.Processes;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Worker.EndToEndTests.Processes;

/// <summary>compare, as a user sees it: figures, files, exit codes, and what is left behind.</summary>
public sealed class CompareTests(PostgresServer postgres)
{
    private const string Schemas = "SELECT coalesce(string_agg(nspname, ',' ORDER BY nspname), '') FROM pg_namespace WHERE nspname LIKE 'ingestion%'";
    private const string Connections = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'ingestion-worker'";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Every_strategy_does_the_same_work_and_leaves_no_trace_of_it_in_the_database()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        long spans = (await stage.IngestAsync("--ids 1-5")).GetProperty("spansExported").GetInt64();
        string before = await StateAsync(stage);
        stage.Upstream.Statistics.Reset();

        JsonElement[] rows = await CompareAsync(stage, "--ids 1-10 --delay 50ms --strategies all --dop 4 --repeat 1 --jaeger-url http://localhost:16686");

        Assert.Equal(
            [("Sequential", 1), ("ThreadPerItem", 4), ("ThreadPool", 4), ("EventLoop", 4), ("Async", 4), ("Pipeline", 4), ("Adaptive", 4)],
            rows.Select(row => (row.GetProperty("strategy").GetString()!, row.GetProperty("degreeOfParallelism").GetInt32())));
        Assert.All(rows, row =>
        {
            JsonElement round = Assert.Single(row.GetProperty("rounds").EnumerateArray());
            Assert.Equal(10, round.GetProperty("ingested").GetInt32());
            Assert.Equal(row.GetProperty("degreeOfParallelism").GetInt32(), Median(row, "maxInFlight"));
            Assert.Equal(0, Median(row, "spansDropped"));
            Assert.InRange(Median(row, "peakMemoryBytes"), 1, double.MaxValue);
            Assert.Contains(stage.Collector.Spans, span => row.GetProperty("trace").GetString() == "http://localhost:16686/trace/" + span.TraceId);
        });
        Assert.Equal(1, rows[0].GetProperty("speedUp").GetDouble());
        Assert.Equal(1, Median(rows[0], "distinctThreads"));
        Assert.Equal(stage.Collector.Spans.Count, spans + rows.Sum(row => row.GetProperty("rounds")[0].GetProperty("spansExported").GetInt64()));
        Assert.Equal(14, stage.Upstream.Statistics.Requests(1));
        Assert.Equal(before, await StateAsync(stage));
    }

    [Fact]
    public async Task The_report_and_the_lines_tell_of_every_round()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        string report = Path.Combine(Path.GetDirectoryName(stage.SummaryFile)!, "report.html");

        ProcessResult result = await stage.RunAsync($"compare --ids 1-3 --strategies EventLoop:0,ThreadPool:2 --repeat 2 --report {report}", ("OTEL_EXPORTER_OTLP_ENDPOINT", null));

        Assert.True(result.ExitCode == 0, result.StandardError);
        foreach (string line in (string[])["round 1 of 2: EventLoop (no cap): ", "round 1 of 2: ThreadPool (2): ", "round 2 of 2: EventLoop (no cap): ", "round 2 of 2: ThreadPool (2): "])
            Assert.Contains(line, result.StandardError, StringComparison.Ordinal);
        Assert.Contains("× EventLoop", result.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("spread", result.StandardOutput, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', result.StandardOutput + result.StandardError);
        Assert.Contains("ThreadPool", await File.ReadAllTextAsync(report), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failing_items_are_shown_and_failing_is_not_being_fast()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Faults = FaultPlan.Parse("1-3:*400;4:*html") });

        JsonElement[] failing = await CompareAsync(stage, "--ids 1-4 --strategies Sequential,Async:2 --repeat 1", exitCode: 2);
        JsonElement[] partly = await CompareAsync(stage, "--ids 3-12 --strategies Sequential,Async:2 --repeat 1", exitCode: 2);

        Assert.All(failing, row => Assert.Equal((4, JsonValueKind.Null), (Median(row, "failed"), row.GetProperty("speedUp").ValueKind)));
        Assert.All(partly, row => Assert.Equal((2, JsonValueKind.Number), (Median(row, "failed"), row.GetProperty("speedUp").ValueKind)));
        Assert.Equal("", await stage.QueryAsync<string>(Schemas));
    }

    [Theory]
    [InlineData("--ids 7", 826, 1, JsonValueKind.Number)]
    [InlineData("--ids 900-905", 826, 6, JsonValueKind.Number)]
    [InlineData("--source Catalog", 3, 3, JsonValueKind.Number)]
    [InlineData("--source Catalog", 0, 0, JsonValueKind.Null)]
    public async Task One_item_or_none_is_compared_truthfully(string source, int characters, int items, JsonValueKind speedUp)
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Characters = characters });

        JsonElement[] rows = await CompareAsync(stage, $"{source} --strategies Sequential,Pipeline:3 --repeat 1");

        Assert.All(rows, row =>
        {
            Assert.Equal(items, row.GetProperty("rounds")[0].GetProperty("requested").GetInt32());
            Assert.Equal(speedUp, row.GetProperty("speedUp").ValueKind);
            Assert.Equal(items > 0, row.GetProperty("allocatedBytesPerItem").ValueKind != JsonValueKind.Null);
        });
    }

    [Fact]
    public async Task A_signal_ends_the_measurement_and_drops_its_schemas()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(100) });
        await using WorkerProcess compare = await StartMeasuringAsync(stage);

        compare.Send(Signal.Terminate);
        ProcessResult result = await compare.WaitForExitAsync(Patience);

        Assert.True(result.ExitCode == 3, result.StandardError);
        Assert.Contains("stopped before the end, 0 of 3 measurements made", result.StandardError, StringComparison.Ordinal);
        Assert.False(File.Exists(stage.SummaryFile));
        Assert.Equal("", await stage.QueryAsync<string>(Schemas));
        Assert.Equal(0, await stage.QueryAsync<long>(Connections));
    }

    [Fact]
    public async Task A_measuring_process_that_is_killed_is_an_error_and_its_schemas_are_dropped()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(100) });
        await using WorkerProcess compare = await StartMeasuringAsync(stage);

        using (Process measuring = Process.GetProcessById(ChildOf(compare.Id)))
            measuring.Kill();
        ProcessResult result = await compare.WaitForExitAsync(Patience);

        Assert.True(result.ExitCode == 1, result.StandardError);
        Assert.Contains("round 1 of 3: Sequential (1) did not come to its end: exit code 137", result.StandardError, StringComparison.Ordinal);
        Assert.Equal("", await stage.QueryAsync<string>(Schemas));
    }

    [Fact]
    public async Task What_a_killed_comparison_leaves_behind_the_next_one_drops_but_not_what_a_living_one_uses()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(100) });
        await using (WorkerProcess killed = await StartMeasuringAsync(stage))
        {
            killed.Send(Signal.Kill);
            await killed.WaitForExitAsync(Patience);
        }

        // The measuring process ends by itself.
        await WaitUntilAsync(stage, $"({Connections}) = 0");
        string leftBehind = await stage.QueryAsync<string>(Schemas);
        Assert.StartsWith("ingestion_compare_", leftBehind, StringComparison.Ordinal);
        await stage.ExecuteAsync("CREATE SCHEMA ingestion_mine");

        await using WorkerProcess living = await StartMeasuringAsync(stage);
        await CompareAsync(stage, "--ids 1-3 --strategies Async --repeat 1");
        string left = await stage.QueryAsync<string>(Schemas);
        living.Send(Signal.Interrupt);
        Assert.Equal(3, (await living.WaitForExitAsync(Patience)).ExitCode);

        Assert.Contains("_1", left, StringComparison.Ordinal);
        Assert.DoesNotContain(leftBehind.Split(','), schema => left.Split(',').Contains(schema, StringComparer.Ordinal));
        Assert.Equal("ingestion_mine", await stage.QueryAsync<string>(Schemas));
    }

    [Fact]
    public async Task Without_the_right_to_create_schemas_nothing_is_measured()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        string user = "user_" + Guid.NewGuid().ToString("N")[..8];
        await stage.ExecuteAsync($"CREATE ROLE {user} LOGIN");
        string connection = new NpgsqlConnectionStringBuilder(stage.ConnectionString) { Username = user }.ConnectionString;

        ProcessResult refused = await stage.RunAsync("compare --ids 1-3 --repeat 1", ("ConnectionStrings__Postgres", connection));
        await stage.ExecuteAsync($"DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO {user}', current_database()); END $$");
        ProcessResult granted = await stage.RunAsync("compare --ids 1-3 --strategies Async --repeat 1", ("ConnectionStrings__Postgres", connection));

        Assert.True(refused.ExitCode == 78, refused.StandardError);
        Assert.Contains($"user {user} may not create schemas", refused.StandardError, StringComparison.Ordinal);
        Assert.Contains("GRANT CREATE ON DATABASE", refused.StandardError, StringComparison.Ordinal);
        Assert.True(granted.ExitCode == 0, granted.StandardError);
        Assert.Equal("", await stage.QueryAsync<string>(Schemas));
    }

    [Theory]
    [InlineData("--dop 0", 64, "ThreadPool and Pipeline cannot do without a cap")]
    [InlineData("--strategies Asink", 64, "did you mean Async?")]
    [InlineData("--report /proc/report.html", 64, "--report: '/proc/report.html' cannot be written")]
    [InlineData("--ids 5-1", 78, "Ingestion:Ids is '5-1'")]
    [InlineData("--Storage:Schema=Mine", 78, "Storage:Schema is 'Mine', but must be a name of at most 63 lower-case letters")]
    public async Task What_cannot_be_compared_is_refused_before_anything_starts(string arguments, int exitCode, string message)
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        ProcessResult result = await stage.RunAsync("compare " + arguments);

        Assert.True(result.ExitCode == exitCode, $"{result.ExitCode}: {result.StandardError}");
        Assert.Contains(message, result.StandardError, StringComparison.Ordinal);
        Assert.Equal(0, stage.Upstream.Statistics.TotalRequests);
    }

    /// <summary>A comparison that is busy measuring for the first time: warmed up, and with schemas of its own.</summary>
    private static async Task<WorkerProcess> StartMeasuringAsync(Stage stage)
    {
        stage.Upstream.Statistics.Reset();

        // One that is killed leaves its temporary files behind: in the stage's folder they go with it.
        WorkerProcess compare = stage.Start(
            $"compare --ids 1-1000 --strategies Sequential --repeat 3 --json {stage.SummaryFile}", ("TMPDIR", Path.GetDirectoryName(stage.SummaryFile)));
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 55);
        return compare;
    }

    private static int ChildOf(int parent) => Directory.EnumerateDirectories("/proc")
        .Select(path => int.TryParse(Path.GetFileName(path), out int id) ? id : 0)
        .Single(id => id > 0 && ParentOf(id) == parent);

    private static int ParentOf(int id)
    {
        try
        {
            // 4711 (name of the program) S parent …
            string stat = File.ReadAllText($"/proc/{id}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1]);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static async Task<JsonElement[]> CompareAsync(Stage stage, string arguments, int exitCode = 0)
    {
        ProcessResult result = await stage.RunAsync($"compare {arguments} --json {stage.SummaryFile}");
        Assert.True(result.ExitCode == exitCode, $"exit code {result.ExitCode}\n{result.StandardOutput}\n{result.StandardError}");
        return [.. stage.ReadSummary().GetProperty("strategies").EnumerateArray()];
    }

    /// <summary>Every row there is in the worker's own tables, with its version, and every schema.</summary>
    private static Task<string> StateAsync(Stage stage) => stage.QueryAsync<string>(
        $"""
        SELECT concat_ws(';', ({Schemas}),
          (SELECT string_agg(xmin::text || ctid::text, ',' ORDER BY id) FROM ingestion.characters),
          (SELECT string_agg(xmin::text || ctid::text, ',' ORDER BY id) FROM ingestion.runs),
          (SELECT string_agg(xmin::text || ctid::text, ',' ORDER BY item_id) FROM ingestion.item_outcomes),
          (SELECT string_agg(xmin::text || ctid::text, ',' ORDER BY first_item) FROM ingestion.commit_outcomes))
        """);

    private static async Task WaitUntilAsync(Stage stage, string condition)
    {
        long since = TimeProvider.System.GetTimestamp();
        while (!await stage.QueryAsync<bool>($"SELECT ({condition}) FROM pg_sleep(0.05)"))
            Assert.True(TimeProvider.System.GetElapsedTime(since) < Patience, condition);
    }

    private static double Median(JsonElement row, string figure) => row.GetProperty(figure).GetProperty("median").GetDouble();
}
