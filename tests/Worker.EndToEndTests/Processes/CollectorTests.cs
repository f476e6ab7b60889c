using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using TestSupport.Otlp;
using TestSupport.Processes;
using TestSupport.Tls;

namespace Worker.EndToEndTests.Processes;

/// <summary>What a collector does not take, what it does not get, and what the worker says of it.</summary>
public sealed class CollectorTests(PostgresServer postgres)
{
    private const string NotTaken = "[112]";
    private const string NotSent = "[104]";

    [Theory]
    [InlineData("grpc", 200, 12, "gRPC UNIMPLEMENTED")]
    [InlineData("grpc", 404, 0, "HTTP 404")]
    [InlineData("http/protobuf", 404, 0, "HTTP 404")]
    [InlineData("http/protobuf", 405, 0, "HTTP 405")]
    [InlineData("http/protobuf", 501, 0, "HTTP 501")]
    public async Task A_signal_that_the_collector_does_not_take_is_said_once_and_not_sent_again(string protocol, int http, int grpc, string reason)
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        stage.Collector.Answer = path => path.Contains("trace", StringComparison.OrdinalIgnoreCase) ? null : (http, grpc);
        Uri endpoint = protocol == "grpc" ? stage.Collector.GrpcEndpoint : stage.Collector.HttpEndpoint;
        await using WorkerProcess worker = stage.Start(
            $"run --ids 1-5 --repeat 1ms --summary {stage.SummaryFile}", ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.ToString()), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol));
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 20);
        worker.Send(Signal.Terminate);
        ProcessResult result = await worker.WaitForExitAsync(TimeSpan.FromMinutes(1));

        Assert.Contains(result.ExitCode, new[] { 0, 3 });
        Assert.DoesNotContain(NotSent, result.StandardError, StringComparison.Ordinal);
        Assert.All(["metrics", "logs"], signal =>
        {
            string line = Assert.Single(result.StandardError.Split('\n'), line => line.Contains(NotTaken, StringComparison.Ordinal) && line.Contains($"does not take {signal}", StringComparison.Ordinal));
            Assert.Contains("info:", line, StringComparison.Ordinal);
            Assert.Contains($"({reason})", line, StringComparison.Ordinal);
            Assert.Contains(endpoint.ToString().TrimEnd('/'), line, StringComparison.Ordinal);
            Assert.Single(stage.Collector.Exports, export => export.Path.Contains(signal, StringComparison.OrdinalIgnoreCase));
        });
        JsonElement summary = stage.ReadSummary();
        Assert.NotEqual(0, summary.GetProperty("spansExported").GetInt32());
        Assert.Equal(0, summary.GetProperty("spansDropped").GetInt32());
    }

    [Fact]
    public async Task A_collector_that_takes_no_traces_is_why_none_are_exported()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        stage.Collector.Answer = _ => (200, 12);

        ProcessResult result = await stage.RunAsync($"run --ids 1-5 --summary {stage.SummaryFile}");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("not exported: the collector does not take traces (gRPC UNIMPLEMENTED)", result.StandardOutput, StringComparison.Ordinal);
        Assert.Equal(0, stage.ReadSummary().GetProperty("spansExported").GetInt32());
    }

    public enum Collector
    {
        Nothing,
        NothingOverHttp,
        GrpcToHttpPort,
        HttpToGrpcPort,
        Unavailable,
        Unauthorized,
        WholePath,
        OtherCertificate,
    }

    [Theory]
    [InlineData(Collector.Nothing, "connection refused")]
    [InlineData(Collector.NothingOverHttp, "connection refused")]
    [InlineData(Collector.GrpcToHttpPort, "set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf")]
    [InlineData(Collector.HttpToGrpcPort, "set OTEL_EXPORTER_OTLP_PROTOCOL to grpc")]
    [InlineData(Collector.Unavailable, "gRPC UNAVAILABLE")]
    [InlineData(Collector.Unauthorized, "HTTP 401")]
    [InlineData(Collector.WholePath, "HTTP 404; OTEL_EXPORTER_OTLP_ENDPOINT must be the address without /v1/traces")]
    [InlineData(Collector.OtherCertificate, "certificate")]
    public async Task What_cannot_be_sent_is_named_with_its_address_and_the_reason_and_not_counted_as_kept(Collector collector, string reason)
    {
        using TestAuthority authority = new();
        using X509Certificate2 certificate = authority.Issue("127.0.0.1");
        await using Stage stage = await Stage.SetAsync(postgres);
        await using OtlpReceiver secure = await OtlpReceiver.StartAsync(certificate);
        stage.Collector.IsRefusing = collector == Collector.Unavailable;
        stage.Collector.Answer = collector == Collector.Unauthorized ? _ => (401, 0) : null;
        string http = stage.Collector.HttpEndpoint.ToString();
        string grpc = stage.Collector.GrpcEndpoint.ToString();
        using TcpListener greeter = new(IPAddress.Loopback, 0);
        greeter.Start();
        Task greeting = GreetAsync(greeter);
        string nowhere = $"http://127.0.0.1:{FreePort()}/";
        (string endpoint, string protocol) = collector switch
        {
            Collector.Nothing => (nowhere, "grpc"),
            Collector.NothingOverHttp => (nowhere, "http/protobuf"),
            Collector.GrpcToHttpPort => (http, "grpc"),
            Collector.HttpToGrpcPort => ($"http://127.0.0.1:{((IPEndPoint)greeter.LocalEndpoint).Port}/", "http/protobuf"),
            Collector.Unavailable => (grpc, "grpc"),
            Collector.Unauthorized => (http, "http/protobuf"),
            Collector.WholePath => (http + "v1/traces", "http/protobuf"),
            _ => (secure.GrpcEndpoint.ToString(), "grpc"),
        };

        ProcessResult result = await stage.RunAsync(
            $"run --ids 1-5 --summary {stage.SummaryFile}", ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol));

        Assert.True(result.ExitCode == 0, result.StandardError);
        string line = Assert.Single(result.StandardError.Split('\n'), line => line.Contains(NotSent, StringComparison.Ordinal) && line.Contains(" traces ", StringComparison.Ordinal));
        Assert.Contains("warn:", line, StringComparison.Ordinal);
        Assert.Contains(endpoint.TrimEnd('/'), line, StringComparison.Ordinal);
        Assert.Contains(reason, line, StringComparison.Ordinal);
        Assert.Contains("0 of 2 (2 could not be exported)", result.StandardOutput, StringComparison.Ordinal);
        Assert.Equal(0, stage.ReadSummary().GetProperty("spansExported").GetInt32());
        greeter.Stop();
        await greeting;
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task What_a_collector_rejects_of_what_it_takes_counts_as_dropped_and_is_said_once(string protocol)
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        stage.Collector.Rejects = path => path.Contains("trace", StringComparison.OrdinalIgnoreCase) ? (1, "too old") : (1, "");

        ProcessResult result = await stage.RunAsync($"run --ids 1-300 --summary {stage.SummaryFile}", ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "100"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", (protocol == "grpc" ? stage.Collector.GrpcEndpoint : stage.Collector.HttpEndpoint).ToString()), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol));

        Assert.True(result.ExitCode == 0, result.StandardError);
        Assert.All([("traces", "it rejected 1 of them: too old"), ("metrics", "it rejected 1 of them: no reason given"), ("logs", "it rejected 1 of them: no reason given")], said =>
            Assert.EndsWith(said.Item2, Assert.Single(result.StandardError.Split('\n'), line => line.Contains(NotSent, StringComparison.Ordinal) && line.Contains($" {said.Item1} ", StringComparison.Ordinal)), StringComparison.Ordinal));
        JsonElement summary = stage.ReadSummary();
        int exports = stage.Collector.Exports.Count(export => export.Path.Contains("trace", StringComparison.OrdinalIgnoreCase));
        Assert.Equal((stage.Collector.Spans.Count - exports, exports), (summary.GetProperty("spansExported").GetInt32(), summary.GetProperty("spansDropped").GetInt32()));
    }

    [Fact]
    public async Task A_collector_that_comes_back_gets_what_follows_and_nothing_more_is_said()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        stage.Collector.IsRefusing = true;
        await using WorkerProcess worker = stage.Start("run --ids 1-5 --repeat 1ms");
        await worker.WaitForOutputAsync(line => line.Contains(NotSent, StringComparison.Ordinal) && line.Contains(" traces ", StringComparison.Ordinal), TimeSpan.FromMinutes(1));
        stage.Collector.IsRefusing = false;
        await stage.Collector.WaitUntilAsync(collector => collector.Spans.Count > 0 && collector.Metrics.Count > 0);
        worker.Send(Signal.Terminate);
        ProcessResult result = await worker.WaitForExitAsync(TimeSpan.FromMinutes(1));

        Assert.Single(result.StandardError.Split('\n'), line => line.Contains(NotSent, StringComparison.Ordinal) && line.Contains(" traces ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task Certificate_headers_compression_and_white_space_are_as_the_variables_say(string protocol)
    {
        using TestAuthority authority = new();
        using X509Certificate2 certificate = authority.Issue("127.0.0.1");
        await using Stage stage = await Stage.SetAsync(postgres);
        await using OtlpReceiver collector = await OtlpReceiver.StartAsync(certificate);

        ProcessResult result = await stage.RunAsync("run --ids 1-5",
            ("OTEL_EXPORTER_OTLP_ENDPOINT", (protocol == "grpc" ? collector.GrpcEndpoint : collector.HttpEndpoint) + "\n"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", $" {protocol} "),
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", authority.File + "\n"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
            ("OTEL_EXPORTER_OTLP_HEADERS", " x-test = a%2Cb%3Dc , x-other=1, "),
            ("OTEL_TRACES_SAMPLER", "always_on\n"));

        Assert.True(result.ExitCode == 0, result.StandardError);
        Assert.DoesNotContain(NotSent, result.StandardError, StringComparison.Ordinal);
        Assert.NotEmpty(collector.Spans);
        Assert.NotEmpty(collector.Metrics);
        Assert.NotEmpty(collector.Logs);
        Assert.All(collector.Exports, export => Assert.Equal("a,b=c", export.Header));
    }

    /// <summary>As servers of gRPC do: their settings first, whatever they are asked, and then the end.</summary>
    private static async Task GreetAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                using TcpClient client = await listener.AcceptTcpClientAsync();
                await client.GetStream().WriteAsync((byte[])[0, 0, 0, 4, 0, 0, 0, 0, 0]);
                client.Client.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException or IOException)
        {
            // The test is over.
        }
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
