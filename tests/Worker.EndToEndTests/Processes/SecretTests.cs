using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using TestSupport.Processes;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Worker.EndToEndTests.Processes;

/// <summary>No password is shown anywhere, whatever goes wrong and however much is logged.</summary>
public sealed class SecretTests(PostgresServer postgres)
{
    private const string Password = "hunter2hunter2";
    private const string Token = "token4711token";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Not_when_all_goes_well()
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        ProcessResult result = await RunAsync(stage, With(stage, $"Password={Password};Persist Security Info=true"));

        Assert.True(result.ExitCode == 0, result.StandardError);
        Assert.NotEmpty(stage.Collector.Spans.Named("process character"));
        Assert.Contains(stage.Collector.Metrics, metric => metric.ScopeName == "Npgsql");
        Assert.NotEmpty(stage.Collector.Logs);
        AssertNothingShown(stage, result);
    }

    [Theory]
    [InlineData("Host=no-such-host.invalid", "no-such-host.invalid")]
    [InlineData("SSL Mode=VerifyFull", "SSL")]
    [InlineData("Username=nobody_at_all", "nobody_at_all")]
    [InlineData("Database=nowhere", "nowhere")]
    [InlineData("Port=1", "port 1")]
    [InlineData("Colour=blue", "not a valid Npgsql connection string")]
    [InlineData("Port=" + Password, "not a valid Npgsql connection string")]
    [InlineData(Password, "not a valid Npgsql connection string")]
    [InlineData("Root Certificate=/no/such/file;SSL Mode=VerifyCA", "ConnectionStrings:Postgres")]
    public async Task Not_when_the_database_cannot_be_used(string wrong, string expected)
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        ProcessResult result = await RunAsync(stage, With(stage, $"Password={Password};{wrong}"));

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(expected, result.StandardError, StringComparison.Ordinal);
        AssertNothingShown(stage, result);
    }

    [Fact]
    public async Task Not_when_the_password_is_wrong()
    {
        string role = "suspicious_" + Guid.NewGuid().ToString("N")[..8];
        await using Stage stage = await Stage.SetAsync(postgres);
        await stage.ExecuteAsync($"CREATE ROLE {role} LOGIN PASSWORD 'the right one'");
        await postgres.RequirePasswordAsync(role);

        ProcessResult result = await RunAsync(stage, With(stage, $"Username={role};Password={Password}"));

        Assert.Equal(78, result.ExitCode);
        Assert.Contains("28P01", result.StandardError, StringComparison.Ordinal);
        AssertNothingShown(stage, result);
    }

    [Fact]
    public async Task Not_when_the_worker_fails_in_the_middle_of_a_run()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(100) });
        await using WorkerProcess worker = Start(stage, "run --ids 1-1000", ("ConnectionStrings__Postgres", With(stage, $"Password={Password}")));
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 20);
        await stage.ExecuteAsync("DROP TABLE ingestion.item_outcomes CASCADE");
        ProcessResult result = await worker.WaitForExitAsync(Patience);

        Assert.Equal(78, result.ExitCode);
        Assert.Contains("Where the failure came from", result.StandardError, StringComparison.Ordinal);
        AssertNothingShown(stage, result);
    }

    [Fact]
    public async Task Not_by_the_health_endpoints()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        int port = FreePort();
        await using WorkerProcess worker = Start(stage, "run",
            ("ConnectionStrings__Postgres", With(stage, $"Password={Password};Port=1")), ("Storage__StartupTimeout", "01:00:00"), ("Health__Port", $"{port}"));
        await worker.WaitForOutputAsync(line => line.Contains("Waiting for PostgreSQL", StringComparison.Ordinal), Patience);
        using HttpClient client = new();

        using HttpResponseMessage ready = await client.GetAsync(new Uri($"http://127.0.0.1:{port}/healthz/ready"));
        string text = await ready.Content.ReadAsStringAsync();
        worker.Send(Signal.Terminate);
        ProcessResult result = await worker.WaitForExitAsync(Patience);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.StartsWith("database: ", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, text, StringComparison.Ordinal);
        AssertNothingShown(stage, result);
    }

    [Fact]
    public async Task Not_by_the_system_when_it_stands_in_a_file()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(500) });
        string folder = Directory.CreateTempSubdirectory("ingestion-secrets-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "ConnectionStrings__Postgres"), With(stage, $"Password={Password}") + "\n");
        await using WorkerProcess worker = Start(stage, "run --ids 1-10", ("ConnectionStrings__Postgres", null), ("INGESTION_SECRETS", folder));
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 1);

        Assert.DoesNotContain(Password, await File.ReadAllTextAsync($"/proc/{worker.Id}/cmdline"), StringComparison.Ordinal);
        Assert.DoesNotContain(Password, await File.ReadAllTextAsync($"/proc/{worker.Id}/environ"), StringComparison.Ordinal);
        ProcessResult result = await worker.WaitForExitAsync(Patience);

        Assert.True(result.ExitCode == 0, result.StandardError);
        AssertNothingShown(stage, result);
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("run --ConnectionStrings:Postgress Host=x;Password=" + Password, 78)]
    [InlineData("run --connection Host=x;Password=" + Password, 64)]
    [InlineData("run Host=x;Password=" + Password, 64)]
    [InlineData("Host=x;Password=" + Password, 64)]
    [InlineData("run --upstream http://user:" + Password + "@localhost/", 78)]
    [InlineData("run --upstream http://user:a/" + Password + "@localhost/", 78)]
    public async Task Not_when_the_command_line_is_wrong(string arguments, int exitCode)
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        ProcessResult result = await stage.RunAsync(arguments, ("ConnectionStrings__Postgres", null));

        Assert.Equal(exitCode, result.ExitCode);
        AssertNothingShown(stage, result);
    }

    [Theory]
    [InlineData("")]
    [InlineData("403=1")]
    [InlineData("500=1")]
    public async Task Not_when_the_api_wants_credentials(string errors)
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { ErrorRates = FaultRates.Parse(errors) });

        ProcessResult result = await RunAsync(stage, stage.ConnectionString, ("Upstream__Headers__Authorization", $"Bearer {Password}"), ("Upstream__Headers__X-Key", Token),
            ("Upstream__Query__api_key", Password), ("Upstream__RefusalTimeout", "00:00:02"), ("Upstream__MaxAttempts", "2"));

        Assert.True(errors.Length == 0 == (result.ExitCode == 0), result.StandardError);
        Assert.NotEmpty(stage.Collector.Spans.Named("GET"));
        AssertNothingShown(stage, result);
    }

    private static async Task<ProcessResult> RunAsync(Stage stage, string connectionString, params (string Name, string? Value)[] environment)
    {
        await using WorkerProcess worker = Start(stage, "run --ids 1-20", [("ConnectionStrings__Postgres", connectionString), .. environment]);
        return await worker.WaitForExitAsync(Patience);
    }

    private static WorkerProcess Start(Stage stage, string arguments, params (string Name, string? Value)[] environment) => stage.Start(arguments,
    [
        ("Storage__StartupTimeout", "00:00:00"),
        ("Logging__LogLevel__Default", "Trace"),
        ("Logging__LogLevel__Microsoft", "Trace"),
        ("Logging__LogLevel__System.Net.Http", "Trace"),
        ("Logging__LogLevel__Npgsql", "Trace"),
        ("OTEL_EXPORTER_OTLP_HEADERS", $"authorization=Bearer {Token}"),
        .. environment,
    ]);

    private static string With(Stage stage, string settings) => $"{stage.ConnectionString};{settings}";

    private static void AssertNothingShown(Stage stage, ProcessResult result)
    {
        string everything = string.Join('\n', result.StandardOutput, result.StandardError,
            JsonSerializer.Serialize(stage.Collector.Spans), JsonSerializer.Serialize(stage.Collector.Metrics), JsonSerializer.Serialize(stage.Collector.Logs));
        Assert.DoesNotContain(Password, everything, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Token, everything, StringComparison.OrdinalIgnoreCase);
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
