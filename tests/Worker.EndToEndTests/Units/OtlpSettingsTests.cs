using Microsoft.Extensions.Configuration;
using OpenTelemetry.Exporter;
using Worker.Hosting;

namespace Worker.EndToEndTests.Units;

public sealed class OtlpSettingsTests
{
    [Theory]
    [InlineData("", "OTEL_EXPORTER_OTLP_ENDPOINT is not set")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=", "OTEL_EXPORTER_OTLP_ENDPOINT is not set")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317", null)]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://c:4317", null)]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://c:4317", "OTEL_EXPORTER_OTLP_ENDPOINT is not set")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317 OTEL_TRACES_EXPORTER=none", "OTEL_TRACES_EXPORTER is none")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317 OTEL_SDK_DISABLED=true", "OTEL_SDK_DISABLED is true")]
    public void Traces_are_exported_when_there_is_somewhere_to_send_them(string variables, string? whyNot) =>
        Assert.Equal(whyNot, OtlpSettings.WhyNotExported(Configuration(variables), OtlpSettings.Traces));

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317", OtlpExportProtocol.Grpc, "http://c:4317/")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318 OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", OtlpExportProtocol.HttpProtobuf, "http://c:4318/v1/traces")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318/x/ OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf", OtlpExportProtocol.HttpProtobuf, "http://c:4318/x/v1/traces")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318 OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://d/y OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", OtlpExportProtocol.HttpProtobuf, "http://d/y")]
    public void The_endpoint_is_the_one_of_the_specification(string variables, OtlpExportProtocol protocol, string endpoint)
    {
        OtlpExporterOptions options = new();
        OtlpSettings.Configure(options, Configuration(variables), OtlpSettings.Traces);
        Assert.Equal((protocol, endpoint), (options.Protocol, options.Endpoint.ToString()));
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=collector:4317")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=nonsense")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL=http/json")]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT=5s")]
    public void A_variable_the_exporter_would_ignore_is_an_error_that_names_it(string variable)
    {
        string error = Assert.Single(OtlpSettings.Check(Configuration(variable)));
        Assert.StartsWith(variable.Replace("=", " is '", StringComparison.Ordinal) + "'; ", error, StringComparison.Ordinal);
    }

    private static IConfiguration Configuration(string variables) => new ConfigurationBuilder()
        .AddInMemoryCollection(variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).Select(pair => KeyValuePair.Create(pair[0], (string?)pair[1])))
        .Build();
}
