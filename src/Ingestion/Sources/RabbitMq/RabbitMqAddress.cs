using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Ingestion.Configuration;
using RabbitMQ.Client;

namespace Ingestion.Sources.RabbitMq;

/// <summary>The broker the address points at, fit to be shown: never with the password.</summary>
internal sealed class RabbitMqAddress
{
    private const string Example = "amqp://user:password@localhost:5672/vhost, or amqps:// for TLS; what is special in a URI must be escaped in it, @ as %40 and / as %2F";
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    private readonly Uri _uri;
    private readonly string? _caCertificate;

    private RabbitMqAddress(Uri uri, string? caCertificate)
    {
        _uri = uri;
        _caCertificate = caCertificate;
    }

    /// <summary>What is wrong with the address, or null.</summary>
    public static string? FindError(string? text, string? caCertificate) => text switch
    {
        _ when string.IsNullOrWhiteSpace(text) => $"{RabbitMqOptions.ConnectionStringKey} is missing; write it like {Example}",
        _ when !IsAddress(text) => $"{RabbitMqOptions.ConnectionStringKey} (its value is not shown) is not the address of a broker; write it like {Example}",
        _ when caCertificate is not null && !File.Exists(caCertificate) => $"{RabbitMqOptions.Section}:CaCertificate is '{caCertificate}', but there is no such file",
        _ => null,
    };

    /// <exception cref="IngestionConfigurationException">It is not the address of a broker.</exception>
    public static RabbitMqAddress Parse(string? text, string? caCertificate) =>
        FindError(text, caCertificate) is { } error ? throw new IngestionConfigurationException(error) : new RabbitMqAddress(new Uri(text!), caCertificate);

    /// <summary>What connects to it. A connection that is lost is the caller's to replace: only it knows which deliveries went with it.</summary>
    public ConnectionFactory CreateFactory()
    {
        ConnectionFactory factory = new()
        {
            Uri = _uri,
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            RequestedHeartbeat = Heartbeat,
            ClientProvidedName = "ingestion-worker",
        };
        if (factory.Ssl.Enabled)
        {
            // From a URI the client accepts a certificate of any name.
            factory.Ssl.AcceptablePolicyErrors = SslPolicyErrors.None;
            factory.Ssl.ServerName = _uri.Host;
            if (_caCertificate is not null)
                factory.Ssl.CertificateValidationCallback = TrustOnly(_caCertificate);
        }

        return factory;
    }

    public override string ToString()
    {
        string user = _uri.UserInfo.Split(':')[0];
        return $"{RabbitMqOptions.ConnectionStringKey} (host {_uri.Host}, port {(_uri.Port > 0 ? _uri.Port : IsTls(_uri) ? 5671 : 5672)}, virtual host {VirtualHost()}, user {(user.Length > 0 ? Uri.UnescapeDataString(user) : "guest")})";
    }

    private static bool IsAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri)
        && (uri.Scheme == "amqp" || IsTls(uri))
        && uri.Host.Length > 0 && uri.Segments.Length <= 2 && uri.Query.Length == 0 && uri.Fragment.Length == 0;

    private static bool IsTls(Uri uri) => uri.Scheme == "amqps";

    private string VirtualHost() => _uri.Segments is [_, var name] ? Uri.UnescapeDataString(name) : "/";

    private static RemoteCertificateValidationCallback TrustOnly(string file)
    {
        X509Certificate2Collection authorities = [];
        authorities.ImportFromPemFile(file);
        return (_, certificate, _, errors) =>
        {
            if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
                return false;

            using X509Chain chain = new();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            using X509Certificate2 presented = new(certificate);
            return chain.Build(presented);
        };
    }
}
