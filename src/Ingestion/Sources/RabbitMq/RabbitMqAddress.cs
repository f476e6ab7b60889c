using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Ingestion.Sources.RabbitMq;

/// <summary>The broker the address points at, or one of several, fit to be shown: never with the password.</summary>
internal sealed class RabbitMqAddress
{
    private const string Example = "amqp://user:password@localhost:5672/vhost, or amqps:// for TLS; what is special in a URI must be escaped in it, @ as %40 and / as %2F";
    private const string Tls = "amqps";

    /// <summary>The most a broker can be set to take; the client's own limit ends the connection at a message above it.</summary>
    private const uint MaxBody = 536_870_912;

    /// <summary>What the client reads from the address; it connects to nothing.</summary>
    private readonly ConnectionFactory _read = new() { RequestedHeartbeat = TimeSpan.FromSeconds(10) };

    private readonly List<Uri> _hosts = [];
    private readonly string? _caCertificate;

    private RabbitMqAddress(string? caCertificate) => _caCertificate = caCertificate;

    /// <summary>What is wrong with the address, or null.</summary>
    public static string? FindError(string? text, string? caCertificate) => new RabbitMqAddress(caCertificate).Read(text);

    /// <exception cref="IngestionConfigurationException">It is not the address of a broker.</exception>
    public static RabbitMqAddress Parse(string? text, string? caCertificate)
    {
        RabbitMqAddress address = new(caCertificate);
        return address.Read(text) is { } error ? throw new IngestionConfigurationException(error) : address;
    }

    /// <summary>Connects to one of the hosts that answers. A connection that is lost is the caller's to replace: only it knows which deliveries went with it.</summary>
    public async Task<IConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        List<Exception> failures = [];
        foreach (Uri host in _hosts.OrderBy(_ => Random.Shared.Next()))
        {
            SslClientAuthenticationOptions? tls = TlsFor(host);
            ConnectionFactory factory = new()
            {
                Endpoint = new AmqpTcpEndpoint(host.Host, PortOf(host)),
                UserName = _read.UserName,
                Password = _read.Password,
                VirtualHost = _read.VirtualHost,
                SocketFactory = family => new BrokerSocket(family, tls),
                MaxInboundMessageBodySize = MaxBody,
                AutomaticRecoveryEnabled = false,
                TopologyRecoveryEnabled = false,
                RequestedHeartbeat = _read.RequestedHeartbeat,
                RequestedConnectionTimeout = _read.RequestedConnectionTimeout,
                ClientProvidedName = "ingestion-worker",
            };
            try
            {
                return await factory.CreateConnectionAsync(cancellationToken);
            }
            catch (BrokerUnreachableException exception) when (!cancellationToken.IsCancellationRequested)
            {
                failures.Add(exception);
            }
        }

        throw new BrokerUnreachableException(new AggregateException(failures));
    }

    public override string ToString()
    {
        string hosts = _hosts is [var only] ? $"host {only.Host}, port {PortOf(only)}" : $"hosts {string.Join(" and ", _hosts.Select(host => $"{host.Host}:{PortOf(host)}"))}";
        return $"{RabbitMqOptions.ConnectionStringKey} ({hosts}, virtual host {_read.VirtualHost}, user {_read.UserName})";
    }

    private string? Read(string? text)
    {
        const string key = RabbitMqOptions.ConnectionStringKey;
        if (string.IsNullOrWhiteSpace(text))
            return $"{key} is missing; write it like {Example}";
        if (!TryReadHosts(text.Trim()))
            return $"{key} (its value is not shown) is not the address of a broker; write it like {Example}; several brokers are written amqp://user:password@first:5672,second:5672/vhost";
        if (ReadParameters(_hosts[0].Query) is { } parameter)
            return $"{key}: its parameter {parameter} is not understood, or not with that value; understood are heartbeat (1 to 65535 seconds), connection_timeout (milliseconds) and verify=verify_peer";
        return _caCertificate is null || File.Exists(_caCertificate) ? null : $"{RabbitMqOptions.Section}:CaCertificate is '{_caCertificate}', but there is no such file";
    }

    /// <summary>A URI has one host; here there may be several, divided by commas. The rest is the same for all of them.</summary>
    private bool TryReadHosts(string text)
    {
        int scheme = text.IndexOf("://", StringComparison.Ordinal) + 3;
        if (scheme < 3)
            return false;

        int end = text.AsSpan(scheme).IndexOfAny('/', '?', '#') is var found and >= 0 ? scheme + found : text.Length;
        int start = Math.Max(scheme, text.LastIndexOf('@', end - 1, end - scheme) + 1);
        try
        {
            foreach (string host in text[start..end].Split(','))
            {
                Uri uri = new($"{text[..start]}{host.Trim()}{text[end..]}");
                if (uri.Host.Length == 0 || uri.Fragment.Length > 0)
                    return false;

                _read.Uri = uri;
                _hosts.Add(uri);
            }

            return true;
        }
        catch (Exception exception) when (exception is UriFormatException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Sets what stands behind the question mark, https://www.rabbitmq.com/docs/uri-query-parameters, and returns the name of what cannot be used. Without heartbeats nobody would notice a dead connection.</summary>
    private string? ReadParameters(string query)
    {
        foreach (string[] parameter in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(text => text.Split('=', 2)))
        {
            int number = int.TryParse(parameter[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : 0;
            if (parameter[0] == "heartbeat" && number is > 0 and <= ushort.MaxValue)
                _read.RequestedHeartbeat = TimeSpan.FromSeconds(number);
            else if (parameter[0] == "connection_timeout" && number > 0)
                _read.RequestedConnectionTimeout = TimeSpan.FromMilliseconds(number);
            else if (parameter is not ["verify", "verify_peer"])
                return Excerpt.Of(parameter[0], 40);
        }

        return null;
    }

    private static int PortOf(Uri host) => host.Port > 0 ? host.Port : host.Scheme == Tls ? 5671 : 5672;

    private SslClientAuthenticationOptions? TlsFor(Uri host)
    {
        SslClientAuthenticationOptions? tls = host.Scheme == Tls ? new() { TargetHost = host.Host } : null;
        if (tls is not null && _caCertificate is not null)
        {
            tls.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            tls.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(_caCertificate);
        }

        return tls;
    }
}
