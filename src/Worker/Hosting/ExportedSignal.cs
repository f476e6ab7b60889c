using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Worker.Hosting;

/// <summary>
/// A signal, whether it goes to a collector, and what the collector said last. Written by the thread that sends it, read by any. Where it goes and how is in
/// the variables of https://opentelemetry.io/docs/specs/otel/protocol/exporter/: a signal's own (<c>OTEL_EXPORTER_OTLP_TRACES_ENDPOINT</c>) wins over the common
/// one (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>).
/// </summary>
internal sealed class ExportedSignal(IConfiguration configuration, string signal)
{
    private const string Prefix = "OTEL_EXPORTER_OTLP_";

    private readonly string? _notConfigured =
        Is(Value(configuration, "OTEL_SDK_DISABLED"), "true") ? "OTEL_SDK_DISABLED is true"
        : Is(Value(configuration, $"OTEL_{signal}_EXPORTER"), "none") ? $"OTEL_{signal}_EXPORTER is none"
        : Find(configuration, signal, "ENDPOINT") is null ? "OTEL_EXPORTER_OTLP_ENDPOINT is not set" : null;

    private string? _news;
    private int _rejected;
    private bool _hasRejected;

    /// <summary>There is something new to take with <see cref="TakeNews"/>.</summary>
    public event Action<ExportedSignal>? HasNews;

    /// <summary>In lower case: traces, metrics or logs.</summary>
    public string Name { get; } = signal.ToLowerInvariant();

    /// <summary>Why it is not exported, by the specification's switches, for want of an endpoint, or because the collector takes none of it; null when it is.</summary>
    public string? WhyNot => IsRefused ? $"the collector does not take {Name} ({Problem})" : _notConfigured;

    /// <summary>Where it goes, fit to be shown.</summary>
    public string Address { get; private set; } = "";

    /// <summary>The collector takes none of it, so nothing more is sent.</summary>
    public bool IsRefused { get; private set; }

    /// <summary>Why it is refused, or why it cannot be sent since the last time that it could; null when it can.</summary>
    public string? Problem { get; private set; }

    public void Configure(OtlpExporterOptions options)
    {
        options.Protocol = Find("PROTOCOL") == "http/protobuf" ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        options.Endpoint = Endpoint(options.Protocol);
        options.Compression = Is(Find("COMPRESSION"), "gzip") ? OtlpExportCompression.GZip : OtlpExportCompression.None;
        if (Find("TIMEOUT") is { } milliseconds)
            options.TimeoutMilliseconds = int.Parse(milliseconds, CultureInfo.InvariantCulture);

        // The handler adds them: the SDK would take a comma for the end of a value, even one that is written as %2C.
        options.Headers = null;
        Address = options.Endpoint.GetLeftPart(UriPartial.Path);
        options.HttpClientFactory = () => new HttpClient(
            new ExportHandler(this, ReadHeaders(Find("HEADERS") ?? "")!, new SocketsHttpHandler { AllowAutoRedirect = false, SslOptions = Tls() }))
        {
            Timeout = TimeSpan.FromMilliseconds(options.TimeoutMilliseconds),
            MaxResponseContentBufferSize = options.MaxResponseSizeBytes,
        };
    }

    /// <summary>The collector took it, but for what it rejected; that is news once.</summary>
    public void Sent((int Rejected, string Reason) partial)
    {
        Problem = null;
        if (partial.Rejected == 0)
            return;

        Interlocked.Add(ref _rejected, partial.Rejected);
        if (Interlocked.Exchange(ref _hasRejected, true))
            return;

        _news = $"it rejected {partial.Rejected} of them: {(partial.Reason.Length > 0 ? ExportHandler.Shorten(partial.Reason) : "no reason given")}";
        HasNews?.Invoke(this);
    }

    /// <summary>How many spans, data points or log records were rejected since the last time.</summary>
    public int TakeRejected() => Interlocked.Exchange(ref _rejected, 0);

    /// <summary>Whom to trust, and who to be.</summary>
    /// <exception cref="IngestionConfigurationException">A file cannot be used for it.</exception>
    public SslClientAuthenticationOptions Tls()
    {
        SslClientAuthenticationOptions options = new();
        string what = "CERTIFICATE";
        try
        {
            if (Find(what) is { } authorities)
            {
                options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
                options.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(authorities);
                if (options.CertificateChainPolicy.CustomTrustStore.Count == 0)
                    throw new CryptographicException("there is no certificate in it");
            }

            what = "CLIENT_CERTIFICATE";
            string? key = Find("CLIENT_KEY");
            if (Find(what) is { } certificate)
                options.ClientCertificates = [X509Certificate2.CreateFromPemFile(certificate, key)];
            else if (key is not null)
                throw new CryptographicException($"OTEL_EXPORTER_OTLP_CLIENT_KEY is '{key}', which belongs to a certificate");
            return options;
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            string own = $"{Prefix}{signal}_{what}";
            throw new IngestionConfigurationException($"{(Value(own) is null ? Prefix + what : own)} is '{Find(what)}', but must be the path of a PEM file: {e.Message.TrimEnd('.')}");
        }
    }

    /// <summary>Null if the text is no list of HTTP headers: name=value, several separated by commas, percent-encoded.</summary>
    public static IReadOnlyList<(string Name, string Value)>? ReadHeaders(string text)
    {
        List<(string, string)> headers = [];
        using HttpRequestMessage request = new();
        try
        {
            foreach (string pair in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                if (pair.Split('=', 2, StringSplitOptions.TrimEntries) is not [var name, var value])
                    return null;

                headers.Add((name, Uri.UnescapeDataString(value)));
                request.Headers.Add(name, Uri.UnescapeDataString(value));
            }

            return headers;
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The value of a variable without white space around it. The specification: an empty variable is the same as none.</summary>
    public static string? Value(IConfiguration configuration, string key) => configuration[key]?.Trim() is { Length: > 0 } value ? value : null;


    /// <summary>There is news only until something is sent again: while a collector is away, the reasons come and go.</summary>
    public void NotSent(string reason, bool isRefused = false)
    {
        if (Problem is not null && !isRefused)
            return;

        IsRefused |= isRefused;
        Problem = _news = reason;
        HasNews?.Invoke(this);
    }

    /// <summary>The latest problem, if nobody has taken it yet.</summary>
    public string? TakeNews() => Interlocked.Exchange(ref _news, null);

    private string? Value(string key) => Value(configuration, key);

    private string? Find(string what) => Find(configuration, signal, what);

    private static string? Find(IConfiguration configuration, string signal, string what) =>
        Value(configuration, $"{Prefix}{signal}_{what}") ?? Value(configuration, Prefix + what);

    private Uri Endpoint(OtlpExportProtocol protocol)
    {
        // Over HTTP the common endpoint is a base to which the signal's path is added; a signal's own endpoint is used as it is.
        if (Value($"{Prefix}{signal}_ENDPOINT") is { } own)
            return new Uri(own);

        Uri common = new(Value(Prefix + "ENDPOINT")!);
        return protocol == OtlpExportProtocol.Grpc ? common : new UriBuilder(common) { Path = $"{common.AbsolutePath.TrimEnd('/')}/v1/{Name}" }.Uri;
    }

    private static bool Is(string? text, string value) => string.Equals(text, value, StringComparison.OrdinalIgnoreCase);
}
