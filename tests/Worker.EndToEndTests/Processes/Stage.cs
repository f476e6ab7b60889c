using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Npgsql;
using TestSupport.Otlp;
using TestSupport.Postgres;
using TestSupport.Processes;
using TestSupport.Upstream;
using UpstreamSimulator;

namespace Worker.EndToEndTests.Processes;

/// <summary>Everything around a worker process: a database of its own, an upstream, a collector.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>A settings file with the simulator's parts, whose IDs are text, for the queue.</summary>
    public const string Parts = """
        {
          "Resource": { "Name": "parts", "Item": "part", "Path": "parts/{id}", "Id": "/sku", "IdType": "Text", "Required": { "/name": "string" }, "Columns": { "name": "text /name", "price": "numeric /price/amount" } },
          "Storage": { "Schema": "parts" },
          "Ingestion": { "Source": "RabbitMq" }
        }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ingestion-e2e-");

    private Stage(string connectionString, Simulator upstream, OtlpReceiver collector)
    {
        ConnectionString = connectionString;
        Upstream = upstream;
        Collector = collector;
    }

    public string ConnectionString { get; }

    public Simulator Upstream { get; }

    public OtlpReceiver Collector { get; }

    public string SummaryFile => Path.Combine(_folder.FullName, "summary.json");

    public static async Task<Stage> SetAsync(PostgresCluster postgres, SimulatorOptions? options = null, X509Certificate2? certificate = null) =>
        new(await postgres.CreateDatabaseAsync(), await Simulator.StartAsync(options, certificate: certificate), await OtlpReceiver.StartAsync());

    /// <summary>The environment every worker gets. Traces are exported with gRPC unless a test says otherwise.</summary>
    public Dictionary<string, string?> Environment() => new(StringComparer.Ordinal)
    {
        ["ConnectionStrings__Postgres"] = ConnectionString,
        ["Upstream__BaseAddress"] = Upstream.BaseAddress.ToString(),
        ["Health__Port"] = "0",
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Collector.GrpcEndpoint.ToString(),
    };

    /// <summary>Writes a file that lasts as long as the stage, and returns its path.</summary>
    public string WriteFile(string name, string text)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>The arguments for a run over the records with these numbers.</summary>
    public string ArgumentsFor(KeyKind keys, string numbers) => keys.ArgumentsFor(numbers, _folder.FullName);

    public WorkerProcess Start(string arguments, params (string Name, string? Value)[] environment)
    {
        Dictionary<string, string?> variables = Environment();
        foreach ((string name, string? value) in environment)
            variables[name] = value;
        return WorkerProcess.Start(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), variables);
    }

    /// <summary>Runs the worker with its standard streams where a shell would send them.</summary>
    public async Task<ProcessResult> RunRedirectedAsync(string arguments, string redirections)
    {
        await using WorkerProcess worker = WorkerProcess.Start(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), Environment(), redirections);
        return await worker.WaitForExitAsync(Patience);
    }

    public async Task<ProcessResult> RunAsync(string arguments, params (string Name, string? Value)[] environment)
    {
        await using WorkerProcess worker = Start(arguments, environment);
        return await worker.WaitForExitAsync(Patience);
    }

    /// <summary>Runs the worker, expects this exit code, and reads its summary.</summary>
    public async Task<JsonElement> IngestAsync(string arguments, int exitCode = 0, params (string Name, string? Value)[] environment)
    {
        ProcessResult result = await RunAsync($"run --summary {SummaryFile} {arguments}", environment);
        Assert.True(result.ExitCode == exitCode, $"exit code {result.ExitCode}\n{result.StandardOutput}\n{result.StandardError}");
        return ReadSummary();
    }

    public JsonElement ReadSummary() => JsonDocument.Parse(File.ReadAllText(SummaryFile)).RootElement;

    public async Task<T> QueryAsync<T>(string sql)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(ConnectionString);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(ConnectionString);
        await using NpgsqlCommand command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Upstream.DisposeAsync();
        await Collector.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
