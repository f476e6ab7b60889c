using System.Diagnostics;
using System.Text.Json.Nodes;
using TestSupport.Processes;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Worker.EndToEndTests.Processes;

/// <summary>A running worker follows its appsettings.json, as far as it can, and says what it does.</summary>
public sealed class ReloadTests(PostgresServer postgres) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("ingestion-reload-").FullName;

    private string SettingsFile => Path.Combine(_folder, "appsettings.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Degree_of_parallelism_rate_and_log_levels_change_while_a_run_is_going()
    {
        // Every first attempt fails, so that there is something to log at Debug.
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions
        {
            Characters = 1_000_000,
            Latency = TimeSpan.FromMilliseconds(50),
            Faults = FaultPlan.Parse("1-1000000:500"),
        });
        Write(("Ingestion:DegreeOfParallelism", "2"));
        await using WorkerProcess worker = Start(stage);
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 10);
        Assert.Equal(2, stage.Upstream.Statistics.MaxInFlight);
        Assert.DoesNotContain(worker.StandardError, IsDebug);

        Write(("Ingestion:DegreeOfParallelism", "6"), ("Logging:LogLevel:Ingestion", "Debug"));
        await WaitForLineAsync(worker, "Ingestion:DegreeOfParallelism is now 6; it was 2");
        await WaitForLineAsync(worker, "Logging:LogLevel:Ingestion is now Debug; it was none");
        await worker.WaitForOutputAsync(IsDebug, Patience);
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.InFlight == 6);
        Assert.Equal(6, stage.Upstream.Statistics.MaxInFlight);

        Write(("Ingestion:DegreeOfParallelism", "6"), ("Upstream:RequestsPerSecond", "20"));
        await WaitForLineAsync(worker, "Upstream:RequestsPerSecond is now 20; it was none");
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.InFlight <= 1);
        stage.Upstream.Statistics.Reset();
        long started = TimeProvider.System.GetTimestamp();
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 20);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.FromSeconds(0.9), Patience);

        ProcessResult result = await StopAsync(worker);

        Assert.Equal(3, result.ExitCode);
        Assert.Contains(
            stage.Collector.Metrics.Where(metric => metric.Name == "ingestion.concurrency.limit").SelectMany(metric => metric.Points), point => point.Value == 6);
    }

    [Fact]
    public async Task A_change_that_cannot_be_used_is_named_once_and_the_values_in_force_stay()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Characters = 1_000_000, Latency = TimeSpan.FromMilliseconds(50) });
        Write(("Ingestion:DegreeOfParallelism", "2"));
        await using WorkerProcess worker = Start(stage);
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 4);

        Write(("Ingestion:DegreeOfParallelism", "many"), ("Upstream:RequestsPerSecond", "1"));
        await WaitForLineAsync(worker, "Ingestion:DegreeOfParallelism is 'many', but must be a whole number");
        Write(("Ingestion:DegreeOfParallelism", "3"), ("Ingestion:Strategy", "Asink"));
        await WaitForLineAsync(worker, "Ingestion:Strategy is 'Asink', but must be one of");
        Write(("Ingestion:DegreeOfParallelism", "2"), ("Logging:LogLevel:Ingestion", "Loud"));
        await WaitForLineAsync(worker, "Logging:LogLevel:Ingestion is 'Loud', but must be one of Trace, Debug");
        File.WriteAllText(SettingsFile, """{ "Ingestion": { "DegreeOfParallelism": 4 """);
        await WaitForLineAsync(worker, "appsettings.json, line 1");

        Assert.Equal(2, stage.Upstream.Statistics.MaxInFlight);
        Assert.All(["'many'", "'Asink'", "'Loud'", "line 1"], error =>
            Assert.Single(worker.StandardError, line => line.Contains(error, StringComparison.Ordinal) && line.Contains("The values in force stay", StringComparison.Ordinal)));

        // What is good again is taken over again.
        Write(("Ingestion:DegreeOfParallelism", "5"), ("Logging:LogLevel:Ingestion", "Debug"));
        await WaitForLineAsync(worker, "Ingestion:DegreeOfParallelism is now 5; it was 2");
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.InFlight == 5);
        Assert.DoesNotContain(worker.StandardError, line => line.Contains("RequestsPerSecond is now", StringComparison.Ordinal));
        Assert.Equal(3, (await StopAsync(worker)).ExitCode);
    }

    [Theory]
    [InlineData("Logging:Console:FormatterName", "jsn")]
    [InlineData("Logging:Console:FormatterOptions:SingleLine", "yes")]
    [InlineData("Logging:Console:FormatterOptions:TimestampFormat", "%")]
    [InlineData("Logging:Console:LogToStandardErrorThreshold", "Loud")]
    public async Task What_is_refused_about_the_log_does_not_take_effect_nor_what_stands_beside_it(string key, string bad)
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Characters = 1_000_000, Latency = TimeSpan.FromMilliseconds(50) });
        Write(("Logging:Console:FormatterName", "json"));
        await using WorkerProcess worker = Start(stage);
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 4);

        Write(("Logging:LogLevel:Default", "None"), ("Ingestion:DegreeOfParallelism", "3"), (key, bad));
        await WaitForLineAsync(worker, $"{key} is \\u0027{bad}\\u0027, but must be");
        await WaitForLineAsync(worker, "Ingestion:DegreeOfParallelism is now 3; it was 16");
        Write(("Logging:Console:FormatterName", "json"), ("Logging:LogLevel:Worker", "Debug"));
        await WaitForLineAsync(worker, "Logging:LogLevel:Worker is now Debug; it was none");
        ProcessResult result = await StopAsync(worker);

        Assert.Equal(3, result.ExitCode);
        Assert.All(result.StandardError.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.StartsWith("{", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_change_that_needs_a_restart_says_so_once_and_shows_no_secret()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Characters = 1_000_000, Latency = TimeSpan.FromMilliseconds(50) });
        Write(("ConnectionStrings:Postgres", stage.ConnectionString));
        await using WorkerProcess worker = Start(stage, ("ConnectionStrings__Postgres", null));
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 4);

        (string, string)[] changed =
            [("ConnectionStrings:Postgres", stage.ConnectionString + ";Password=topsecret"), ("Ingestion:ChannelCapacity", "64"), ("Health:Port", "1"), ("Ingestion:Strategy", "Pipeline")];
        Write(changed);
        await WaitForLineAsync(worker, "Ingestion:ChannelCapacity was changed from 1024 to 64, but is read at start only: restart");
        await WaitForLineAsync(worker, "Ingestion:Strategy was changed from Async to Pipeline, but is read at start only: restart");
        await WaitForLineAsync(worker, "ConnectionStrings:Postgres was changed (its value is not shown), but is read at start only: restart");
        Write([.. changed, ("Ingestion:Repeat", "01:00:00")]);
        await WaitForLineAsync(worker, "Ingestion:Repeat is now 01:00:00; it was none");
        Write(changed[..1]);
        await WaitForLineAsync(worker, "Ingestion:ChannelCapacity is 1024 again");
        ProcessResult result = await StopAsync(worker);

        Assert.All(["ChannelCapacity was changed", "ConnectionStrings:Postgres was changed", "Strategy was changed"], text =>
            Assert.Single(result.StandardError.Split('\n'), line => line.Contains(text, StringComparison.Ordinal)));
        // The environment wins over the file, so this changed nothing.
        Assert.DoesNotContain("Health:Port", result.StandardError, StringComparison.Ordinal);
        Assert.DoesNotContain("topsecret", result.StandardOutput + result.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_config_map_whose_link_is_swapped_is_noticed_by_polling()
    {
        // As Kubernetes mounts one: appsettings.json -> ..data/appsettings.json, ..data -> a folder per version.
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Characters = 1_000_000, Latency = TimeSpan.FromMilliseconds(50) });
        await WriteVersionAsync("..1", "2");
        File.CreateSymbolicLink(SettingsFile, Path.Combine("..data", "appsettings.json"));
        await using WorkerProcess worker = Start(stage, ("DOTNET_USE_POLLING_FILE_WATCHER", "1"));
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 4);

        await WriteVersionAsync("..2", "7");

        await WaitForLineAsync(worker, "Ingestion:DegreeOfParallelism is now 7; it was 2");
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.InFlight == 7);
        Assert.Equal(3, (await StopAsync(worker)).ExitCode);

        async Task WriteVersionAsync(string version, string degree)
        {
            string folder = Directory.CreateDirectory(Path.Combine(_folder, version)).FullName;
            File.WriteAllText(Path.Combine(folder, "appsettings.json"), Json(("Ingestion:DegreeOfParallelism", degree)));
            string link = Path.Combine(_folder, "..data_tmp");
            File.CreateSymbolicLink(link, version);
            // .NET does not move links to folders.
            await using CapturedProcess move = new(new ProcessStartInfo("mv", ["--no-target-directory", link, Path.Combine(_folder, "..data")]));
            Assert.Equal(0, (await move.WaitForExitAsync(Patience)).ExitCode);
        }
    }

    private WorkerProcess Start(Stage stage, params (string, string?)[] environment) =>
        stage.Start("run --ids 1-1000000", [("DOTNET_CONTENTROOT", _folder), .. environment]);

    private static async Task<ProcessResult> StopAsync(WorkerProcess worker)
    {
        worker.Send(Signal.Terminate);
        return await worker.WaitForExitAsync(Patience);
    }

    private static Task<string> WaitForLineAsync(WorkerProcess worker, string text) =>
        worker.WaitForOutputAsync(line => line.Contains(text, StringComparison.Ordinal), Patience);

    private static bool IsDebug(string line) => line.Contains("dbug", StringComparison.Ordinal) && line.Contains("next attempt in", StringComparison.Ordinal);

    private void Write(params (string Key, string Value)[] settings) => File.WriteAllText(SettingsFile, Json(settings));

    private static string Json(params (string Key, string Value)[] settings) =>
        new JsonObject(settings.Select(setting => KeyValuePair.Create<string, JsonNode?>(setting.Key, setting.Value))).ToJsonString();
}
