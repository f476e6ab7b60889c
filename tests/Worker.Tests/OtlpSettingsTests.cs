using Microsoft.Extensions.Configuration;
using OpenTelemetry.Exporter;
using Worker.Hosting;

namespace Worker.Tests;

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
        Assert.Equal(whyNot, new ExportedSignal(Configuration(variables), "TRACES").WhyNot);

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317", OtlpExportProtocol.Grpc, "http://c:4317/")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318 OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", OtlpExportProtocol.HttpProtobuf, "http://c:4318/v1/traces")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318/x/ OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf", OtlpExportProtocol.HttpProtobuf, "http://c:4318/x/v1/traces")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318 OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://d/y OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", OtlpExportProtocol.HttpProtobuf, "http://d/y")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318/x?key=1 OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", OtlpExportProtocol.HttpProtobuf, "http://c:4318/x/v1/traces?key=1")]
    public void The_endpoint_is_the_one_of_the_specification(string variables, OtlpExportProtocol protocol, string endpoint)
    {
        OtlpExporterOptions options = new();
        new ExportedSignal(Configuration(variables), "TRACES").Configure(options);
        Assert.Equal((protocol, endpoint), (options.Protocol, options.Endpoint.ToString()));
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=collector:4317", "http or https URL")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=nonsense", "http or https URL")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317/#x", "without user name, password and fragment")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL=http/json", "grpc or http/protobuf")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL=GRPC", "grpc or http/protobuf")]
    [InlineData("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT=5s", "from 1 to 2147483647, in milliseconds")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT=0", "from 1")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT=-1", "from 1")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT=99999999999", "from 1")]
    [InlineData("OTEL_EXPORTER_OTLP_COMPRESSION=zip", "gzip, none")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_COMPRESSION=deflate", "gzip, none")]
    [InlineData("OTEL_EXPORTER_OTLP_CERTIFICATE=/no/such.pem", "the path of a PEM file")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE=/proc/self/stat", "the path of a PEM file")]
    [InlineData("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE=/no/such.pem", "the path of a PEM file")]
    [InlineData("OTEL_EXPORTER_OTLP_CLIENT_KEY=/no/such.key", "path of a PEM file")]
    [InlineData("OTEL_EXPORTER_OTLP_CLIENT_KEY=/proc/self/stat", "OTEL_EXPORTER_OTLP_CLIENT_KEY is '/proc/self/stat', which belongs to a certificate", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE is ''")]
    [InlineData("OTEL_EXPORTER_OTLP_INSECURE=yes", "true or false")]
    [InlineData("OTEL_SDK_DISABLED=1", "true or false")]
    [InlineData("OTEL_TRACES_EXPORTER=zipkin", "otlp, none")]
    [InlineData("OTEL_METRICS_EXPORTER=otlp,console", "otlp, none")]
    [InlineData("OTEL_TRACES_SAMPLER=traceidratoi", "parentbased_traceidratio")]
    [InlineData("OTEL_TRACES_SAMPLER=traceidratio OTEL_TRACES_SAMPLER_ARG=1%", "from 0 to 1", "OTEL_TRACES_SAMPLER_ARG")]
    [InlineData("OTEL_TRACES_SAMPLER=traceidratio OTEL_TRACES_SAMPLER_ARG=NaN", "from 0 to 1", "OTEL_TRACES_SAMPLER_ARG")]
    [InlineData("OTEL_TRACES_SAMPLER=traceidratio OTEL_TRACES_SAMPLER_ARG=10", "from 0 to 1", "OTEL_TRACES_SAMPLER_ARG")]
    [InlineData("OTEL_TRACES_SAMPLER_ARG=0.5", "set it to traceidratio")]
    [InlineData("OTEL_BSP_MAX_QUEUE_SIZE=many", "a whole number from 1")]
    [InlineData("OTEL_BSP_SCHEDULE_DELAY=0", "a whole number from 1")]
    [InlineData("OTEL_BSP_EXPORT_TIMEOUT=1s", "a whole number from 1")]
    [InlineData("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE=-5", "a whole number from 1")]
    [InlineData("OTEL_BSP_MAX_QUEUE_SIZE=10 OTEL_BSP_MAX_EXPORT_BATCH_SIZE=20", "not be greater than OTEL_BSP_MAX_QUEUE_SIZE, which is 10", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE")]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL=5s", "a whole number from 1")]
    [InlineData("OTEL_METRIC_EXPORT_TIMEOUT=0", "a whole number from 1")]
    [InlineData("OTEL_METRICS_EXEMPLAR_FILTER=some", "trace_based")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=gauge", "cumulative, delta, lowmemory")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION=x", "base2_exponential_bucket_histogram")]
    [InlineData("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT=-1", "a whole number from 0")]
    [InlineData("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT=1k", "a whole number from 0")]
    [InlineData("OTEL_RESOURCE_ATTRIBUTES=team", "name=value")]
    [InlineData("OTEL_RESOURCE_ATTRIBUTES=a=1,=2", "name=value")]
    [InlineData("OTEL_PROPAGATORS=b3", "tracecontext, baggage")]
    [InlineData("OTEL_LOG_LEVEL=loud", "none, error, warn, info, debug, trace")]
    [InlineData("OTEL_CONFIG_FILE=/etc/otel.yaml", "not read here")]
    [InlineData("OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY=always", "in_memory, disk")]
    [InlineData("OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY=disk", "OTEL_DOTNET_EXPERIMENTAL_OTLP_DISK_RETRY_DIRECTORY_PATH")]
    public void A_variable_the_sdk_would_throw_at_or_ignore_is_an_error_that_names_it(string variables, string expected, string? name = null)
    {
        string error = Assert.Single(OpenTelemetryVariables.FindErrors(Configuration(variables)));

        (string first, string value) = variables.Split(' ')[^1].Split('=', 2) is [var key, var text] ? (key, text.Split('#')[0]) : ("", "");
        Assert.StartsWith(name?.Contains(' ', StringComparison.Ordinal) == true ? name : $"{name ?? first} is '{value}", error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS=token")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS=a=1,token")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_HEADERS==token")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS=content-type=token")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS=x=token%0Ay")]
    public void Headers_that_are_none_are_an_error_that_does_not_show_them(string variable)
    {
        string error = Assert.Single(OpenTelemetryVariables.FindErrors(Configuration(variable)));

        Assert.StartsWith(variable.Split('=')[0] + " has a value that is not shown, but must be HTTP headers", error, StringComparison.Ordinal);
        Assert.DoesNotContain("token", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4317/?x=1 OTEL_EXPORTER_OTLP_TIMEOUT=5000 OTEL_EXPORTER_OTLP_COMPRESSION=GZIP OTEL_SDK_DISABLED=False")]
    [InlineData("OTEL_TRACES_SAMPLER=Always_On OTEL_TRACES_SAMPLER_ARG=0.25 OTEL_RESOURCE_ATTRIBUTES=a=1,b=,c=x=y, OTEL_PROPAGATORS=tracecontext,baggage")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20a,User-Agent=x OTEL_SERVICE_NAME=x OTEL_PYTHON_LOG_LEVEL=x OTEL_BSP_MAX_QUEUE_SIZE=")]
    public void What_the_specification_allows_is_no_error(string variables) => Assert.Empty(OpenTelemetryVariables.FindErrors(Configuration(variables)));

    private static IConfiguration Configuration(string variables) => new ConfigurationBuilder()
        .AddInMemoryCollection(variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).Select(pair => KeyValuePair.Create(pair[0], (string?)pair[1])))
        .Build();
}
