using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>A private PostgreSQL server on a free port, over a folder that is deleted with it.</summary>
public class PostgresServer : IAsyncLifetime
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "ingestion-postgres-" + Guid.NewGuid().ToString("N"));
    private readonly int _port = FindFreePort();
    private int _databases;

    /// <summary>Settings of the server beyond those of every test.</summary>
    protected virtual string Settings => "";

    public async ValueTask InitializeAsync()
    {
        await RunAsync("initdb", "-D", _folder, "-A", "trust", "-U", "postgres", "--no-sync");
        await StartAsync();
    }

    public Task StartAsync() => RunAsync(
        "pg_ctl", "start", "-s", "-w", "-D", _folder, "-l", Path.Combine(_folder, "log"),
        "-o", $"-p {_port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={_folder} -c fsync=off -c max_connections=300 {Settings}");

    /// <summary>Stops the server at once, as a crash would: what was not committed is gone.</summary>
    public Task CrashAsync() => RunAsync("pg_ctl", "stop", "-s", "-w", "-m", "immediate", "-D", _folder);

    /// <summary>Creates an empty database and returns its connection string.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        string name = "test" + Interlocked.Increment(ref _databases);
        await using NpgsqlDataSource administrator = NpgsqlDataSource.Create(ConnectionString("postgres"));
        await using NpgsqlCommand command = administrator.CreateCommand($"CREATE DATABASE {name}");
        await command.ExecuteNonQueryAsync();
        return ConnectionString(name);
    }

    public string ConnectionString(string database, string user = "postgres") =>
        $"Host=127.0.0.1;Port={_port};Database={database};Username={user};Timeout=5;Pooling=true";

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (File.Exists(Path.Combine(_folder, "postmaster.pid")))
            await CrashAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static int FindFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>The server refuses to run as root.</summary>
    private static async Task RunAsync(string program, params string[] arguments)
    {
        string folder = Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(version => int.Parse(Path.GetFileName(version))).First();
        string[] command = [Path.Combine(folder, "bin", program), .. arguments];
        if (Environment.IsPrivilegedProcess)
            command = ["runuser", "-u", "postgres", "--", .. command];

        // Without a pipe: the server would keep it open.
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >/dev/null", "sh", .. command]) { WorkingDirectory = "/" })!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{string.Join(' ', command)} ended with {process.ExitCode}");
    }
}
