using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Ingestion.Configuration;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Ingestion.Sources.RabbitMq;

/// <summary>The broker the address points at, or one of several, fit to be shown: never with the password.</summary>
internal sealed class RabbitMqAddress
{
    private const string Example = "amqp://user:password@localhost:5672/vhost, or amqps:// for TLS; what is special in a URI must be escaped in it, @ as %40 and / as %2F";

    /// <summary>The most a broker can be set to take; the client's own limit ends the connection at a message above it.</summary>
    private const uint MaxBody = 536_870_912;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    /// <summary>The same but for the host.</summary>
    private readonly Uri[] _uris;
    private readonly string? _caCertificate;

    private RabbitMqAddress(Uri[] uris, string? caCertificate)
    {
        _uris = uris;
        _caCertificate = caCertificate;
    }

    /// <summary>What is wrong with the address, or null.</summary>
    public static string? FindError(string? text, string? caCertificate) => Read(text, caCertificate).Error;

    /// <exception cref="IngestionConfigurationException">It is not the address of a broker.</exception>
    public static RabbitMqAddress Parse(string? text, string? caCertificate)
    {
        (RabbitMqAddress? address, string? error) = Read(text, caCertificate);
        return address ?? throw new IngestionConfigurationException(error!);
    }

    /// <summary>Connects to one of the hosts that answers. A connection that is lost is the caller's to replace: only it knows which deliveries went with it.</summary>
    public async Task<IConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        List<Exception> failures = [];
        foreach (Uri uri in _uris.OrderBy(_ => Random.Shared.Next()))
        {
            SslClientAuthenticationOptions? tls = Tls(uri);
            ConnectionFactory factory = new()
            {
                Uri = new Uri(uri.GetLeftPart(UriPartial.Path)),
                Ssl = new SslOption(),
                SocketFactory = family => new BrokerSocket(family, tls),
                MaxInboundMessageBodySize = MaxBody,
                AutomaticRecoveryEnabled = false,
                TopologyRecoveryEnabled = false,
                RequestedHeartbeat = Heartbeat,
                ClientProvidedName = "ingestion-worker",
            };
            Apply(uri.Query, factory);
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
        string user = _uris[0].UserInfo.Split(':')[0];
        string hosts = _uris is [var only] ? $"host {only.Host}, port {PortOf(only)}" : $"hosts {string.Join(" and ", _uris.Select(uri => $"{uri.Host}:{PortOf(uri)}"))}";
        return $"{RabbitMqOptions.ConnectionStringKey} ({hosts}, virtual host {VirtualHost()}, user {(user.Length > 0 ? Uri.UnescapeDataString(user) : "guest")})";
    }

    private static (RabbitMqAddress? Address, string? Error) Read(string? text, string? caCertificate)
    {
        const string key = RabbitMqOptions.ConnectionStringKey;
        if (string.IsNullOrWhiteSpace(text))
            return (null, $"{key} is missing; write it like {Example}");
        if (ReadHosts(text.Trim()) is not { } uris)
            return (null, $"{key} (its value is not shown) is not the address of a broker; write it like {Example}; several brokers are written amqp://user:password@first:5672,second:5672/vhost");
        if (Apply(uris[0].Query, new ConnectionFactory()) is { } parameter)
            return (null, $"{key}: its parameter {parameter} is not understood, or not with that value; understood are heartbeat (1 to 65535 seconds), connection_timeout (milliseconds) and verify=verify_peer");
        if (caCertificate is not null && !File.Exists(caCertificate))
            return (null, $"{RabbitMqOptions.Section}:CaCertificate is '{caCertificate}', but there is no such file");

        return (new RabbitMqAddress(uris, caCertificate), null);
    }

    /// <summary>Sets what stands behind the question mark, https://www.rabbitmq.com/docs/uri-query-parameters, and returns the name of what cannot be used. Without heartbeats nobody would notice a dead connection.</summary>
    private static string? Apply(string query, ConnectionFactory factory)
    {
        foreach (string[] parameter in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(text => text.Split('=', 2)))
        {
            int number = int.TryParse(parameter[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : 0;
            if (parameter[0] == "heartbeat" && number is > 0 and <= ushort.MaxValue)
                factory.RequestedHeartbeat = TimeSpan.FromSeconds(number);
            else if (parameter[0] == "connection_timeout" && number > 0)
                factory.RequestedConnectionTimeout = TimeSpan.FromMilliseconds(number);
            else if (parameter is not ["verify", "verify_peer"])
                return Characters.Excerpt.Of(parameter[0], 40);
        }

        return null;
    }

    /// <summary>A URI has one host; here several may stand in its place, divided by commas.</summary>
    private static Uri[]? ReadHosts(string text)
    {
        if (text.IndexOf("://", StringComparison.Ordinal) is var colon && colon < 0)
            return null;

        int scheme = colon + 3;
        int end = text.AsSpan(scheme).IndexOfAny('/', '?', '#') is var found and >= 0 ? scheme + found : text.Length;
        int user = text.LastIndexOf('@', end - 1, end - scheme) + 1;
        int start = Math.Max(scheme, user);
        List<Uri> uris = [];
        foreach (string host in text[start..end].Split(','))
        {
            if (!Uri.TryCreate($"{text[..start]}{host.Trim()}{text[end..]}", UriKind.Absolute, out Uri? uri) || !IsAddress(uri))
                return null;
            uris.Add(uri);
        }

        return [.. uris];
    }

    private static bool IsAddress(Uri uri) =>
        (uri.Scheme == "amqp" || IsTls(uri)) && uri.Host.Length > 0 && uri.Segments.Length <= 2 && uri.Fragment.Length == 0;

    private static bool IsTls(Uri uri) => uri.Scheme == "amqps";

    private static int PortOf(Uri uri) => uri.Port > 0 ? uri.Port : IsTls(uri) ? 5671 : 5672;

    private string VirtualHost() => _uris[0].Segments is [_, var name] ? Uri.UnescapeDataString(name) : "/";

    private SslClientAuthenticationOptions? Tls(Uri uri)
    {
        SslClientAuthenticationOptions? tls = IsTls(uri) ? new() { TargetHost = uri.Host } : null;
        if (tls is not null && _caCertificate is not null)
        {
            tls.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            tls.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(_caCertificate);
        }

        return tls;
    }
}
