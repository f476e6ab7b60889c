using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TestSupport.Processes;
using TestSupport.Tls;

namespace TestSupport.RabbitMq;

/// <summary>
/// A private RabbitMQ broker in a temporary folder, on free ports of the loopback interface and without plugins; tests share one and have queues of their own. It
/// needs no particular user. Its files, its cookie and its port mapper are its own, so it meets no other Erlang node of the machine.
/// </summary>
public class RabbitMqBroker : IAsyncDisposable
{
    private const string CertificateFile = "server.pem";
    private const string KeyFile = "server.key";

    private const int Attempts = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly TestAuthority _authority = new();
    private string? _folder;
    private string _server = "";
    private int _mapperPort;
    private int _nodePort;
    private int _tlsPort;
    private CapturedProcess? _mapper;
    private CapturedProcess? _broker;

    /// <summary>Why there is no broker, as the reason to skip a test; null when there is one.</summary>
    public string? Missing { get; private set; }

    /// <summary>The port it takes AMQP connections on.</summary>
    public int Port { get; private set; }

    /// <summary>Its address over TLS, with credentials.</summary>
    public string TlsUri => $"amqps://guest:guest@localhost:{_tlsPort}/";

    /// <summary>The file with the authority that vouches for it (PEM).</summary>
    public string AuthorityFile => _authority.File;

    /// <summary>Its address, with credentials.</summary>
    public string Uri => $"amqp://guest:guest@127.0.0.1:{Port}/";

    private string NodeName => $"ingestion-{Port}@localhost";

    /// <summary>Erlang's scheduler threads: a core for each.</summary>
    public int Schedulers { get; init; } = 1;

    /// <summary>Creates and starts the broker, unless the machine has none: then <see cref="Missing"/> says so.</summary>
    public async ValueTask InitializeAsync()
    {
        string? mapper = RabbitMqBinaries.FindPortMapper();
        if (RabbitMqBinaries.FindServer() is not { } server || mapper is null)
        {
            Missing = "No RabbitMQ broker found: install one (apt-get install rabbitmq-server) or set RABBITMQ_SERVER to its start script.";
            return;
        }

        _server = server;
        _folder = Directory.CreateTempSubdirectory("ingestion-rabbitmq-").FullName;
        AppDomain.CurrentDomain.ProcessExit += CleanUpAtExit;
        await CreateCertificateAsync();
        await File.WriteAllTextAsync(Path.Combine(_folder, "enabled_plugins"), "[].\n");
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await StartOnFreePortsAsync(_folder, mapper);
                return;
            }
            catch (Exception) when (attempt < Attempts)
            {
                // Somebody else may have been faster to take one of the ports.
                await EndAsync(Signal.Kill);
                await EndMapperAsync();
            }
        }
    }

    /// <summary>Starts the broker again, on the same port, after <see cref="StopAsync"/> or <see cref="KillAsync"/>; it takes connections when this returns.</summary>
    public async Task StartAsync()
    {
        var start = new ProcessStartInfo(_server) { WorkingDirectory = _folder };
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("RABBITMQ_", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(name);
        foreach ((string name, string value) in Variables())
            start.Environment[name] = value;
        _broker = new CapturedProcess(start);
        await _broker.WaitForOutputAsync(line => line.Contains("Server startup complete", StringComparison.Ordinal), Patience);
    }

    /// <summary>Closes all connections and shuts down in good order.</summary>
    public Task StopAsync() => EndAsync(Signal.Terminate);

    /// <summary>Ends the broker as a crash would; what it confirmed is on disk.</summary>
    public async Task KillAsync()
    {
        // But for the name of a queue that was declared just now: those are written twice a second, whatever was confirmed, and nothing shows when.
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        await EndAsync(Signal.Kill);
    }

    /// <summary>Has the broker's command line tool do something, such as <c>set_vhost_limits -p / {"max-connections": 2}</c>.</summary>
    public async Task ControlAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Path.GetDirectoryName(_server)!, "rabbitmqctl"), ["--node", NodeName, .. arguments]) { WorkingDirectory = _folder };
        foreach ((string name, string value) in Variables())
            start.Environment[name] = value;
        await using CapturedProcess control = new(start);
        ProcessResult result = await control.WaitForExitAsync(Patience);
        if (result.ExitCode != 0)
            throw new InvalidOperationException($"rabbitmqctl {string.Join(' ', arguments)} ended with exit code {result.ExitCode}: {result.StandardOutput}{result.StandardError}");
    }

    /// <summary>Raises the memory alarm: the broker reads nothing more from connections that publish. With false it ends.</summary>
    public Task SetMemoryAlarmAsync(bool isOn) => ControlAsync(["set_vm_memory_high_watermark", .. isOn ? (string[])["0"] : ["absolute", "512MB"]]);

    /// <summary>Sets the time a message may be held on channels that are opened from now on, and has them look every 0.1 s.</summary>
    public Task SetConsumerTimeoutAsync(TimeSpan timeout) =>
        ControlAsync("eval", $"application:set_env(rabbit, consumer_timeout, {timeout.TotalMilliseconds:F0}), application:set_env(rabbit, channel_tick_interval, {(timeout < TimeSpan.FromMinutes(1) ? 100 : 60_000)}).");

    public async ValueTask DisposeAsync()
    {
        await EndAsync(Signal.Kill);
        await EndMapperAsync();
        AppDomain.CurrentDomain.ProcessExit -= CleanUpAtExit;
        DeleteFolder();
        GC.SuppressFinalize(this);
    }

    private async Task StartOnFreePortsAsync(string folder, string mapper)
    {
        (Port, _nodePort, _mapperPort, _tlsPort) = FreePorts();
        await File.WriteAllTextAsync(Path.Combine(folder, "rabbitmq.conf"), $"""
            listeners.tcp.1 = 127.0.0.1:{Port}
            listeners.ssl.1 = 127.0.0.1:{_tlsPort}
            ssl_options.cacertfile = {AuthorityFile}
            ssl_options.certfile = {Path.Combine(_authority.Folder, CertificateFile)}
            ssl_options.keyfile = {Path.Combine(_authority.Folder, KeyFile)}
            ssl_options.verify = verify_none
            vm_memory_high_watermark.absolute = 512MB
            disk_free_limit.absolute = 50MB
            log.file = false
            log.console = true
            log.console.level = info

            """);

        // In the foreground, so that it ends with this process; the node would start one that stays.
        _mapper = new CapturedProcess(new ProcessStartInfo(mapper, ["-port", $"{_mapperPort}", "-address", "127.0.0.1"]) { WorkingDirectory = folder });
        await StartAsync();
    }

    private async Task EndMapperAsync()
    {
        if (_mapper is { } mapper)
            await mapper.DisposeAsync();
        _mapper = null;
    }

    private async Task EndAsync(Signal signal)
    {
        if (_broker is not { } broker)
            return;

        _broker = null;
        broker.Send(signal);
        await broker.WaitForExitAsync(Patience);
        await broker.DisposeAsync();
    }

    private Dictionary<string, string> Variables() => new(StringComparer.Ordinal)
    {
        // Erlang keeps its cookie there.
        ["HOME"] = _folder!,
        ["LC_ALL"] = "C.UTF-8",
        ["RABBITMQ_NODENAME"] = NodeName,
        ["RABBITMQ_BASE"] = _folder!,
        ["RABBITMQ_MNESIA_BASE"] = Path.Combine(_folder!, "mnesia"),
        ["RABBITMQ_LOG_BASE"] = Path.Combine(_folder!, "log"),
        ["RABBITMQ_CONFIG_FILE"] = Path.Combine(_folder!, "rabbitmq.conf"),
        ["RABBITMQ_CONF_ENV_FILE"] = Path.Combine(_folder!, "none"),
        ["RABBITMQ_ADVANCED_CONFIG_FILE"] = Path.Combine(_folder!, "none.config"),
        ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(_folder!, "enabled_plugins"),
        ["RABBITMQ_GENERATED_CONFIG_DIR"] = Path.Combine(_folder!, "generated"),
        ["RABBITMQ_DIST_PORT"] = $"{_nodePort}",
        ["ERL_EPMD_PORT"] = $"{_mapperPort}",
        ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = $"+S {Schedulers}:{Schedulers} +sbwt none -kernel inet_dist_use_interface {{127,0,0,1}}",
        // The script then becomes the broker instead of waiting for it: signals reach it, and nothing is left behind.
        ["RUNNING_UNDER_SYSTEMD"] = "1",
    };

    private async Task CreateCertificateAsync()
    {
        using X509Certificate2 certificate = _authority.Issue("localhost");
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        await File.WriteAllTextAsync(Path.Combine(_authority.Folder, CertificateFile), certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(_authority.Folder, KeyFile), key.ExportPkcs8PrivateKeyPem());
    }

    private static (int First, int Second, int Third, int Fourth) FreePorts()
    {
        using var first = new TcpListener(IPAddress.Loopback, 0);
        using var second = new TcpListener(IPAddress.Loopback, 0);
        using var third = new TcpListener(IPAddress.Loopback, 0);
        using var fourth = new TcpListener(IPAddress.Loopback, 0);
        return (Listen(first), Listen(second), Listen(third), Listen(fourth));

        static int Listen(TcpListener listener)
        {
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
    }

    private void CleanUpAtExit(object? sender, EventArgs e)
    {
        _broker?.Send(Signal.Kill);
        _mapper?.Send(Signal.Kill);
        try
        {
            DeleteFolder();
        }
        catch (IOException)
        {
            // The broker is still writing; the system clears the temporary folder.
        }
    }

    private void DeleteFolder()
    {
        _authority.Dispose();
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }
}
