using System.Diagnostics;
using Npgsql;
using TestSupport.Processes;
using TestSupport.RabbitMq;
using Worker.EndToEndTests.Processes;

namespace Worker.EndToEndTests.Pages;

/// <summary>
/// What the commands of the pages need: the worker on the PATH, the scripts and the files they name in the current folder, a database with a failed run and a broker.
/// </summary>
internal sealed class CommandBench : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ingestion-pages-");
    private readonly Stage _stage;
    private readonly Dictionary<string, string?> _environment;

    private CommandBench(Stage stage, RabbitMqBroker broker)
    {
        _stage = stage;
        var database = new NpgsqlConnectionStringBuilder(stage.ConnectionString);
        _environment = new(stage.Environment(), StringComparer.Ordinal)
        {
            ["PATH"] = $"{_folder.FullName}/bin:{PgBin}:{Environment.GetEnvironmentVariable("PATH")}",
            ["PGHOST"] = database.Host,
            ["PGPORT"] = $"{database.Port}",
            ["PGUSER"] = database.Username,
            ["PGPASSWORD"] = database.Password,
            ["PGDATABASE"] = database.Database,
            ["LOCAL_FOLDER"] = $"{_folder.FullName}/.local",
            // The solution has been built; nothing here changes it.
            ["LOCAL_BUILD"] = "no",
            ["ConnectionStrings__RabbitMq"] = broker.Missing is null ? broker.Uri : null,
            // The parts want one; nobody else looks at it.
            ["Upstream__Headers__Authorization"] = "Bearer open-sesame",
            // Otherwise a worker on a queue would wait for more.
            ["RabbitMq__StopWhenIdle"] = "00:00:01",
        };
    }

    private static string PgBin => Environment.GetEnvironmentVariable("PG_BIN") ?? "";

    public static async Task<CommandBench> SetAsync(PostgresServer postgres, RabbitMqBroker broker)
    {
        CommandBench bench = new(await Stage.SetAsync(postgres), broker);
        // The scripts' PostgreSQL may have another user, who has to pass.
        Allow(bench._folder.FullName, UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        bench.WriteScript("bin/ingestion-worker", [.. WorkerProcess.Program()]);
        bench.WriteScript("deploy/local/run.sh", Repository.PathOf("deploy/local/run.sh"));
        foreach (string folder in new[] { "examples", "docs" })
            Directory.CreateSymbolicLink(Path.Combine(bench._folder.FullName, folder), Repository.PathOf(folder));
        bench.Copy("examples/locations/resource.json", "locations.json");
        bench.Copy("examples/parts/resource.json", "parts.json");
        bench.Copy("examples/parts/resource.json", "products.json");
        bench.Copy("examples/parts/skus.txt", "my-skus.txt");
        await bench._stage.IngestAsync("--ids 1-3");
        await bench._stage.ExecuteAsync("""
            INSERT INTO ingestion.runs (id, source, upstream, resource, strategy, degree_of_parallelism, requested, failed, status, started_at, finished_at)
            SELECT '01a202c5-825d-78f6-ba15-53bff92277af', 'ids:4-10', upstream, resource, strategy, degree_of_parallelism, 7, 7, 'finished', now(), now() FROM ingestion.runs;
            INSERT INTO ingestion.item_outcomes (run_id, item_id, outcome, attempts, error, finished_at)
            SELECT '01a202c5-825d-78f6-ba15-53bff92277af', id, 'Failed', 5, CASE id WHEN 7 THEN 'HTTP 500' ELSE 'HTTP 503' END, now() FROM generate_series(4, 10) AS id;
            CREATE TABLE stock AS SELECT sku FROM unnest(ARRAY['AX-0001 c', 'AX-0005/b']) AS sku
            """);
        return bench;
    }

    /// <summary>Runs the commands as a shell does that ends at the first that fails.</summary>
    public async Task<ProcessResult> RunAsync(string commands)
    {
        ProcessStartInfo start = new("bash", ["-euo", "pipefail", "-c", commands]) { WorkingDirectory = _folder.FullName };
        foreach ((string name, string? value) in _environment)
            start.Environment[name] = value;
        await using CapturedProcess shell = new(start);
        return await shell.WaitForExitAsync(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        await _stage.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private void Copy(string file, string name) => File.Copy(Repository.PathOf(file), Path.Combine(_folder.FullName, name));

    private void WriteScript(string name, params string[] program)
    {
        string path = Path.Combine(_folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, $"#!/bin/sh\nexec {string.Join(' ', program.Select(word => $"'{word}'"))} \"$@\"\n");
        Allow(path, UnixFileMode.UserExecute);
    }

    private static void Allow(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, File.GetUnixFileMode(path) | mode);
    }
}
