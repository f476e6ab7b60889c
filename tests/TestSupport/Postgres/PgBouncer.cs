using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using TestSupport.Processes;

namespace TestSupport.Postgres;

/// <summary>PgBouncer in transaction mode before a private server, with so few connections that clients have to share them. As root it runs as the user <c>postgres</c>.</summary>
public sealed class PgBouncer : IAsyncDisposable
{
    private const string Program = "pgbouncer";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _folder;
    private readonly CapturedProcess _process;
    private readonly int _port;

    private PgBouncer(string folder, CapturedProcess process, int port)
    {
        _folder = folder;
        _process = process;
        _port = port;
    }

    /// <summary>Why it cannot be started here; null when it can.</summary>
    public static string? Missing { get; } = Find() is null ? "PgBouncer is not installed (Debian: apt-get install pgbouncer)" : null;

    /// <summary>Starts it.</summary>
    /// <param name="server">The server it connects to.</param>
    /// <param name="poolSize">The most connections to the server for one database.</param>
    /// <param name="password">What it asks its clients for; null: it trusts them.</param>
    public static async Task<PgBouncer> StartAsync(PostgresCluster server, int poolSize, string? password = null)
    {
        var target = new NpgsqlConnectionStringBuilder(server.ConnectionString);
        string folder = Directory.CreateTempSubdirectory("ingestion-pgbouncer-").FullName;
        int port = FreePort();
        await File.WriteAllTextAsync(Path.Combine(folder, "users.txt"), $"\"{target.Username}\" \"{password ?? target.Password}\"\n");
        await File.WriteAllTextAsync(
            Path.Combine(folder, "pgbouncer.ini"),
            $"""
            [databases]
            * = host={target.Host} port={target.Port}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = {(password is null ? "trust" : "md5")}
            auth_file = {folder}/users.txt
            pool_mode = transaction
            default_pool_size = {poolSize}

            """);
        var start = new ProcessStartInfo { FileName = Find(), WorkingDirectory = "/" };
        if (Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows())
        {
            start.FileName = "setpriv";
            foreach (string argument in (string[])["--reuid=postgres", "--regid=postgres", "--init-groups", Find()!])
                start.ArgumentList.Add(argument);
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        }

        start.ArgumentList.Add(Path.Combine(folder, "pgbouncer.ini"));
        var pooler = new PgBouncer(folder, new CapturedProcess(start), port);
        await pooler._process.WaitForOutputAsync(line => line.Contains("process up", StringComparison.Ordinal), Patience);
        return pooler;
    }

    /// <summary>The same database, through the pooler.</summary>
    public string Through(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString) { Host = "127.0.0.1", Port = _port }.ConnectionString;

    public async ValueTask DisposeAsync()
    {
        _process.Send(Signal.Quit);
        await _process.WaitForExitAsync(Patience);
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    // Debian puts it where the PATH of a user does not lead.
    private static string? Find() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Append("/usr/sbin")
            .Select(folder => Path.Combine(folder, Program)).FirstOrDefault(File.Exists);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
