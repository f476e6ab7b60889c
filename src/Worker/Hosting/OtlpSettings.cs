using System.Globalization;
using Ingestion.Configuration;
using OpenTelemetry.Exporter;

namespace Worker.Hosting;

/// <summary>
/// Where each signal goes, by the variables of https://opentelemetry.io/docs/specs/otel/protocol/exporter/. A signal's own variable
/// (<c>OTEL_EXPORTER_OTLP_TRACES_ENDPOINT</c>) wins over the common one (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>).
/// </summary>
internal static class OtlpSettings
{
    public const string Traces = "TRACES";
    public const string Metrics = "METRICS";
    public const string Logs = "LOGS";

    /// <summary>Without an endpoint a signal is not exported, nor when the specification's switches say so. Null when it is.</summary>
    public static string? WhyNotExported(IConfiguration configuration, string signal)
    {
        if (Is(configuration, "OTEL_SDK_DISABLED", "true"))
            return "OTEL_SDK_DISABLED is true";
        if (Is(configuration, $"OTEL_{signal}_EXPORTER", "none"))
            return $"OTEL_{signal}_EXPORTER is none";
        return Find(configuration, signal, "ENDPOINT") is null ? "OTEL_EXPORTER_OTLP_ENDPOINT is not set" : null;
    }

    /// <summary>What the SDK would otherwise replace by a default without a word. One line each.</summary>
    public static IReadOnlyList<string> Check(IConfiguration configuration)
    {
        List<string> errors = [];
        foreach (string infix in (ReadOnlySpan<string>)["", Traces + "_", Metrics + "_", Logs + "_"])
        {
            string endpoint = $"OTEL_EXPORTER_OTLP_{infix}ENDPOINT";
            if (Value(configuration, endpoint) is { } address && !IsHttpAddress(address))
                errors.Add($"{endpoint} is '{Settings.WithoutCredentials(address)}'; it must be an absolute http or https URL, such as http://localhost:4317");

            string protocol = $"OTEL_EXPORTER_OTLP_{infix}PROTOCOL";
            if (Value(configuration, protocol) is { } name && ParseProtocol(name) is null)
                errors.Add($"{protocol} is '{name}'; allowed are grpc and http/protobuf");

            string timeout = $"OTEL_EXPORTER_OTLP_{infix}TIMEOUT";
            if (Value(configuration, timeout) is { } text && ParseMilliseconds(text) is null)
                errors.Add($"{timeout} is '{text}'; it must be a whole number of milliseconds, 1 or more");
        }

        return errors;
    }

    public static void Configure(OtlpExporterOptions options, IConfiguration configuration, string signal)
    {
        options.Protocol = Find(configuration, signal, "PROTOCOL") is { } name && ParseProtocol(name) is { } protocol ? protocol : OtlpExportProtocol.Grpc;
        options.Endpoint = Endpoint(configuration, signal, options.Protocol);
        if (Find(configuration, signal, "HEADERS") is { } headers)
            options.Headers = headers;
        if (Find(configuration, signal, "TIMEOUT") is { } text && ParseMilliseconds(text) is { } milliseconds)
            options.TimeoutMilliseconds = milliseconds;
    }

    private static Uri Endpoint(IConfiguration configuration, string signal, OtlpExportProtocol protocol)
    {
        // Over HTTP the common endpoint is a base to which the signal's path is added; a signal's own endpoint is used as it is.
        if (Value(configuration, $"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT") is { } own)
            return new Uri(own);

        string common = configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]!;
        return protocol == OtlpExportProtocol.Grpc ? new Uri(common) : new Uri($"{common.TrimEnd('/')}/v1/{signal.ToLowerInvariant()}");
    }

    private static string? Find(IConfiguration configuration, string signal, string what) =>
        Value(configuration, $"OTEL_EXPORTER_OTLP_{signal}_{what}") ?? Value(configuration, "OTEL_EXPORTER_OTLP_" + what);

    // The specification: an empty variable is the same as none.
    private static string? Value(IConfiguration configuration, string key) => configuration[key] is { Length: > 0 } value ? value : null;

    private static bool Is(IConfiguration configuration, string key, string value) =>
        string.Equals(configuration[key], value, StringComparison.OrdinalIgnoreCase);

    private static bool IsHttpAddress(string text) => Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https";

    private static OtlpExportProtocol? ParseProtocol(string text) => text switch
    {
        "grpc" => OtlpExportProtocol.Grpc,
        "http/protobuf" => OtlpExportProtocol.HttpProtobuf,
        _ => null,
    };

    private static int? ParseMilliseconds(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int milliseconds) && milliseconds > 0 ? milliseconds : null;
}
