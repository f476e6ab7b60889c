using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using TestSupport.Processes;
using static TestSupport.Postgres.ServerCommand;

namespace TestSupport.Postgres;

/// <summary>
/// A private PostgreSQL server in a temporary folder, for all tests of an assembly; every test gets a database of its own. Nothing is flushed to
/// disk. As root the server runs as the user <c>postgres</c>, because it refuses to run as root.
/// </summary>
public class PostgresCluster : IAsyncDisposable
{
    /// <summary>Names an environment variable with the connection string of a server to use instead of a private one.</summary>
    public const string ServerVariable = "INGESTION_TEST_POSTGRES";

    private const int MaxConnections = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private string? _folder;
    private string? _binaries;
    private int _port;
    private int _databases;
    private CapturedProcess? _server;

    /// <summary>Connects to the database <c>postgres</c> as the superuser.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>Whether the server was there before, and so cannot be stopped.</summary>
    public bool IsExternal => _folder is null;

    /// <summary>The port of a private server.</summary>
    public int Port => _port;

    /// <summary>Settings of the server beside those of every private one, as <c>name=value</c>.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>Further arguments for initdb.</summary>
    public IReadOnlyList<string> InitArguments { get; init; } = [];

    /// <summary>Where its folder is made; null: among the temporary ones.</summary>
    public string? Parent { get; init; }

    /// <summary>Completes when the server that runs has ended.</summary>
    public Task Ended => _server!.Ended;

    /// <summary>Creates and starts the server, unless there is one already.</summary>
    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable(ServerVariable) is { Length: > 0 } external)
            ConnectionString = external;
        else
            await CreateAsync();
    }

    /// <summary>Creates and starts a private server, for tests that stop it or need their own settings.</summary>
    public async Task CreateAsync()
    {
        await MakeFolderAsync();
        await RunAsync(
            [
                .. AsServerUser("initdb"), "--pgdata", _folder!, "--username", "postgres", "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync",
                .. InitArguments,
            ]);
        await StartAsync();
    }

    /// <summary>Creates and starts a streaming standby of this server.</summary>
    public async Task<PostgresCluster> CreateStandbyAsync()
    {
        RequirePrivate();
        var standby = new PostgresCluster();
        await standby.MakeFolderAsync();
        await RunAsync(
            [
                .. AsServerUser("pg_basebackup"), "--pgdata", standby._folder!, "--host", "127.0.0.1", "--port", $"{_port}", "--username", "postgres",
                "--write-recovery-conf", "--checkpoint", "fast", "--no-sync",
            ]);
        await standby.StartAsync();
        return standby;
    }

    /// <summary>Makes a standby the primary; it accepts writes when this returns.</summary>
    public Task PromoteAsync()
    {
        RequirePrivate();
        return RunAsync([.. AsServerUser("pg_ctl"), "promote", "--pgdata", _folder!]);
    }

    /// <summary>Creates an empty database.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        string name = $"test_{Environment.ProcessId}_{Interlocked.Increment(ref _databases)}_{Guid.NewGuid():N}"[..40];
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using NpgsqlCommand create = connection.CreateCommand();
        create.CommandText = string.Concat("CREATE DATABASE ", name);
        await create.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(ConnectionString) { Database = name }.ConnectionString;
    }

    /// <summary>Runs a script with psql, as the superuser.</summary>
    /// <param name="connectionString">The database, from <see cref="CreateDatabaseAsync"/>.</param>
    /// <param name="file">Path of the script.</param>
    /// <param name="variables">psql variables, as <c>name=value</c>.</param>
    public async Task RunScriptAsync(string connectionString, string file, params string[] variables)
    {
        var target = new NpgsqlConnectionStringBuilder(connectionString);
        var start = new ProcessStartInfo { WorkingDirectory = Path.GetTempPath() };
        start.Environment["PGPASSWORD"] = target.Password;
        await RunAsync(start,
        [
            _binaries is null ? "psql" : Path.Combine(_binaries, "psql"), "--no-psqlrc", "--quiet", "--host", target.Host!, "--port", $"{target.Port}",
            "--username", target.Username!, "--dbname", target.Database!, .. variables.SelectMany(variable => new[] { "--set", variable }), "--file", file,
        ]);
    }

    /// <summary>From now on the server asks this role for its password, where it trusts all others.</summary>
    public async Task RequirePasswordAsync(string role)
    {
        RequirePrivate();
        string file = Path.Combine(_folder!, "pg_hba.conf");
        await File.WriteAllTextAsync(file, $"host all {role} 127.0.0.1/32 scram-sha-256\n{await File.ReadAllTextAsync(file)}");
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(ConnectionString);
        await using NpgsqlCommand reload = source.CreateCommand("SELECT pg_reload_conf()");
        await reload.ExecuteNonQueryAsync();
    }

    /// <summary>Starts the server again, on the same port, after <see cref="StopAsync"/> or <see cref="KillAsync"/>; it has recovered when this returns.</summary>
    public async Task StartAsync()
    {
        RequirePrivate();
        var start = new ProcessStartInfo { WorkingDirectory = _folder };
        Fill(start,
        [
            .. AsServerUser("postgres"), "-D", _folder!, "-p", $"{_port}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
            // Commits stay synchronous: what was committed must survive KillAsync, as the operating system's cache does.
            "-c", $"max_connections={MaxConnections}", "-c", "fsync=off", "-c", "full_page_writes=off",
            .. Settings.SelectMany(setting => new[] { "-c", setting }),
        ]);
        _server = new CapturedProcess(start);
        await _server.WaitForOutputAsync(line => line.Contains("database system is ready to accept ", StringComparison.Ordinal), Patience);
    }

    /// <summary>Disconnects everybody, rolls back, shuts down in good order.</summary>
    public Task StopAsync() => EndAsync(Signal.Interrupt);

    /// <summary>
    /// Ends the server as a crash would: sessions are cut, and the next start recovers. <see cref="Signal.Quit"/> lets it cut them itself; after
    /// <see cref="Signal.Kill"/> they find out by themselves. Returns when the last of its processes has ended.
    /// </summary>
    public Task KillAsync(Signal signal = Signal.Quit) => EndAsync(signal);

    /// <summary>Completes when the server has said something so many times from now on.</summary>
    public Task WaitForOutputAsync(string text, int times)
    {
        int left = times + _server!.StandardError.Count(line => line.Contains(text, StringComparison.Ordinal));
        return _server.WaitForOutputAsync(line => line.Contains(text, StringComparison.Ordinal) && --left <= 0, Patience);
    }

    /// <summary>Waits for the server to end by itself.</summary>
    public async Task WaitForExitAsync()
    {
        await _server!.WaitForExitAsync(Patience);
        await EndAsync(Signal.Quit);
    }

    /// <summary>Stops and starts the server.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!IsExternal)
        {
            await EndAsync(Signal.Quit);
            DeleteFolder();
            AppDomain.CurrentDomain.ProcessExit -= CleanUpAtExit;
        }

        GC.SuppressFinalize(this);
    }

    private async Task MakeFolderAsync()
    {
        _binaries = PostgresBinaries.Find();
        _folder = (Parent is null ? Directory.CreateTempSubdirectory("ingestion-postgres-") : Directory.CreateDirectory(Path.Combine(Parent, "postgres"))).FullName;
        _port = FreePort();
        ConnectionString = $"Host=127.0.0.1;Port={_port};Username=postgres;Database=postgres";
        AppDomain.CurrentDomain.ProcessExit += CleanUpAtExit;

        if (Environment.IsPrivilegedProcess)
            await RunAsync("chown", "postgres", _folder);
    }

    private async Task EndAsync(Signal signal)
    {
        RequirePrivate();
        if (_server is not { } server)
            return;

        _server = null;
        server.Send(signal);
        await server.WaitForExitAsync(Patience);
        await server.DisposeAsync();
    }

    private void RequirePrivate()
    {
        if (IsExternal)
            throw new InvalidOperationException($"The server comes from {ServerVariable}; only a private one can be stopped and started.");
    }

    private string[] AsServerUser(string program)
    {
        string path = Path.Combine(_binaries!, program);
        return Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", path] : [path];
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void CleanUpAtExit(object? sender, EventArgs e)
    {
        _server?.Send(Signal.Quit);
        try
        {
            DeleteFolder();
        }
        catch (IOException)
        {
            // The server is still writing; the system clears the temporary folder.
        }
    }

    private void DeleteFolder()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }
}
