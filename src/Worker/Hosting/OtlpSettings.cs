using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ingestion.Configuration;

namespace Worker.Hosting;

/// <summary>
/// Where each signal goes and how, by the variables of https://opentelemetry.io/docs/specs/otel/protocol/exporter/. A signal's own variable
/// (<c>OTEL_EXPORTER_OTLP_TRACES_ENDPOINT</c>) wins over the common one (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>).
/// </summary>
internal static class OtlpSettings
{
    public const string Traces = "TRACES";
    public const string Metrics = "METRICS";
    public const string Logs = "LOGS";

    public static readonly string[] Signals = [Traces, Metrics, Logs];

    /// <summary>Without an endpoint a signal is not exported, nor when the specification's switches say so. Null when it is.</summary>
    public static string? WhyNotExported(IConfiguration configuration, string signal)
    {
        if (Is(Value(configuration, "OTEL_SDK_DISABLED"), "true"))
            return "OTEL_SDK_DISABLED is true";
        if (Is(Value(configuration, $"OTEL_{signal}_EXPORTER"), "none"))
            return $"OTEL_{signal}_EXPORTER is none";
        return Find(configuration, signal, "ENDPOINT") is null ? "OTEL_EXPORTER_OTLP_ENDPOINT is not set" : null;
    }

    public static void Configure(OtlpExporterOptions options, IConfiguration configuration, string signal)
    {
        options.Protocol = Find(configuration, signal, "PROTOCOL") == "http/protobuf" ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        options.Endpoint = Endpoint(configuration, signal, options.Protocol);
        options.Compression = Is(Find(configuration, signal, "COMPRESSION"), "gzip") ? OtlpExportCompression.GZip : OtlpExportCompression.None;
        if (Find(configuration, signal, "TIMEOUT") is { } milliseconds)
            options.TimeoutMilliseconds = int.Parse(milliseconds, CultureInfo.InvariantCulture);

        // The handler adds them: the SDK would take a comma for the end of a value, even one that is written as %2C.
        options.Headers = null;
    }

    /// <summary>What sends the requests of the exporter: whom it trusts, who it is, and the headers.</summary>
    public static ExportHandler CreateHandler(IConfiguration configuration, string signal, ExportedSignal state) => new(
        state,
        ReadHeaders(Find(configuration, signal, "HEADERS") ?? "")!,
        new SocketsHttpHandler { AllowAutoRedirect = false, SslOptions = Tls(configuration, signal) });

    /// <summary>Whom to trust, and who to be.</summary>
    /// <exception cref="IngestionConfigurationException">A file cannot be used for it.</exception>
    public static SslClientAuthenticationOptions Tls(IConfiguration configuration, string signal)
    {
        SslClientAuthenticationOptions options = new();
        string what = "CERTIFICATE";
        try
        {
            if (Find(configuration, signal, what) is { } authorities)
            {
                options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
                options.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(authorities);
                if (options.CertificateChainPolicy.CustomTrustStore.Count == 0)
                    throw new CryptographicException("there is no certificate in it");
            }

            what = "CLIENT_CERTIFICATE";
            string? key = Find(configuration, signal, "CLIENT_KEY");
            if (Find(configuration, signal, what) is { } certificate)
                options.ClientCertificates = [X509Certificate2.CreateFromPemFile(certificate, key)];
            else if (key is not null)
                throw new CryptographicException($"OTEL_EXPORTER_OTLP_CLIENT_KEY is '{key}', which belongs to a certificate");
            return options;
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            string own = $"OTEL_EXPORTER_OTLP_{signal}_{what}";
            throw new IngestionConfigurationException(
                $"{(Value(configuration, own) is null ? "OTEL_EXPORTER_OTLP_" + what : own)} is '{Find(configuration, signal, what)}', but must be the path of a PEM file: {e.Message.TrimEnd('.')}");
        }
    }

    /// <summary>Null if the text is no list of HTTP headers: name=value, several separated by commas, percent-encoded.</summary>
    public static IReadOnlyList<(string Name, string Value)>? ReadHeaders(string text)
    {
        List<(string, string)> headers = [];
        using HttpRequestMessage request = new();
        foreach (string pair in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            try
            {
                if (pair.Split('=', 2, StringSplitOptions.TrimEntries) is not [var name, var value])
                    return null;

                headers.Add((name, Uri.UnescapeDataString(value)));
                request.Headers.Add(name, Uri.UnescapeDataString(value));
            }
            catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException)
            {
                return null;
            }
        }

        return headers;
    }

    /// <summary>The value of a variable without white space around it. The specification: an empty variable is the same as none.</summary>
    public static string? Value(IConfiguration configuration, string key) => configuration[key]?.Trim() is { Length: > 0 } value ? value : null;

    private static string? Find(IConfiguration configuration, string signal, string what) =>
        Value(configuration, $"OTEL_EXPORTER_OTLP_{signal}_{what}") ?? Value(configuration, "OTEL_EXPORTER_OTLP_" + what);

    private static Uri Endpoint(IConfiguration configuration, string signal, OtlpExportProtocol protocol)
    {
        // Over HTTP the common endpoint is a base to which the signal's path is added; a signal's own endpoint is used as it is.
        if (Value(configuration, $"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT") is { } own)
            return new Uri(own);

        Uri common = new(Value(configuration, "OTEL_EXPORTER_OTLP_ENDPOINT")!);
        return protocol == OtlpExportProtocol.Grpc ? common : new UriBuilder(common) { Path = $"{common.AbsolutePath.TrimEnd('/')}/v1/{signal.ToLowerInvariant()}" }.Uri;
    }

    private static bool Is(string? text, string value) => string.Equals(text, value, StringComparison.OrdinalIgnoreCase);
}
