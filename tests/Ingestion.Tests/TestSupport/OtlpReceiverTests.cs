using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using TestSupport.Otlp;

namespace Ingestion.Tests.TestSupport;

public sealed class OtlpReceiverTests
{
    private const string TraceService = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    private static readonly byte[] OneSpan = OtlpRequest.Export(OtlpRequest.Span("fetch", id: 1, start: 1_700_000_000_000_000_000, end: 1_700_000_000_500_000_000));

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task A_span_arrives_with_all_its_parts(bool isGrpc, bool isCompressed)
    {
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();

        Assert.Equal("200 0", await ExportAsync(receiver, isGrpc, TraceService, "/v1/traces", OneSpan, isCompressed));

        ReceivedSpan span = Assert.Single(receiver.Spans);
        Assert.Equal(string.Concat(Enumerable.Repeat("ab", 16)), span.TraceId);
        Assert.Equal(("0000000000000001", "00000000000000ff"), (span.SpanId, span.ParentSpanId));
        Assert.Equal(("fetch", SpanKind.Client, SpanStatus.Error), (span.Name, span.Kind, span.Status));
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), span.Start);
        Assert.Equal(TimeSpan.FromMilliseconds(500), span.End - span.Start);
        Assert.Equal(7L, span.Attributes["character.id"]);
        Assert.Equal(0.5, span.Attributes["ratio"]);
        Assert.Equal(true, span.Attributes["ok"]);
        Assert.Equal("0100000000000000", Assert.Single(span.Links).SpanId);
        Assert.Equal(("test scope", "test service"), (span.ScopeName, span.ResourceAttributes["service.name"]));
    }

    [Fact]
    public async Task Metrics_arrive_with_their_points()
    {
        byte[] sum = OtlpRequest.Message(metric =>
        {
            metric.Text(1, "ingestion.items");
            metric.Text(3, "{item}");
            metric.Nested(7, OtlpRequest.Message(points => points.Nested(1, OtlpRequest.Message(point =>
            {
                point.Fixed(3, 5);
                point.Fixed(6, 42);
                point.Nested(7, OtlpRequest.Attribute("outcome", value => value.Text(1, "ingested")));
            }))));
        });
        byte[] histogram = OtlpRequest.Message(metric =>
        {
            metric.Text(1, "ingestion.item.duration");
            metric.Nested(9, OtlpRequest.Message(points => points.Nested(1, OtlpRequest.Message(point =>
            {
                point.Fixed(4, 10);
                point.Real(5, 2.5);
            }))));
        });
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();

        await ExportAsync(receiver, isGrpc: true, "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", "", OtlpRequest.Export(sum, histogram));

        Assert.Equal(2, receiver.Metrics.Count);
        Assert.Equal(("ingestion.items", "{item}", MetricKind.Sum), (receiver.Metrics[0].Name, receiver.Metrics[0].Unit, receiver.Metrics[0].Kind));
        ReceivedPoint point = Assert.Single(receiver.Metrics[0].Points);
        Assert.Equal((42, "ingested"), (point.Value, point.Attributes["outcome"]));
        Assert.Equal(MetricKind.Histogram, receiver.Metrics[1].Kind);
        Assert.Equal((10UL, 2.5), (receiver.Metrics[1].Points[0].Count, receiver.Metrics[1].Points[0].Value));
    }

    [Fact]
    public async Task Log_records_arrive_with_body_and_severity()
    {
        byte[] log = OtlpRequest.Message(record =>
        {
            record.Number(2, 13);
            record.Text(3, "Warning");
            record.Nested(5, OtlpRequest.Message(body => body.Text(1, "the upstream is away")));
            record.Nested(6, OtlpRequest.Attribute("attempt", value => value.Number(3, 2)));
        });
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();

        await ExportAsync(receiver, isGrpc: false, "", "/v1/logs", OtlpRequest.Export(log));

        ReceivedLog received = Assert.Single(receiver.Logs);
        Assert.Equal(("the upstream is away", 13, "Warning"), (received.Body, received.Severity, received.SeverityText));
        Assert.Equal(2L, received.Attributes["attempt"]);
    }

    [Fact]
    public async Task Fifty_thousand_spans_are_no_trouble()
    {
        byte[] batch = OtlpRequest.Export([.. Enumerable.Range(0, 500).Select(i => OtlpRequest.Span("fetch", (byte)i, 1, 2))]);
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        Task all = receiver.WaitUntilAsync(received => received.Spans.Count == 50_000);

        for (int i = 0; i < 100; i++)
            await ExportAsync(receiver, isGrpc: true, TraceService, "", batch);

        await all;
    }

    [Fact]
    public async Task A_refusing_receiver_is_unavailable_and_keeps_nothing()
    {
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        receiver.IsRefusing = true;

        Assert.Equal("200 14", await ExportAsync(receiver, isGrpc: true, TraceService, "", OneSpan));
        Assert.Equal("503 0", await ExportAsync(receiver, isGrpc: false, "", "/v1/traces", OneSpan));

        Assert.Equal(2, receiver.RefusedExports);
        Assert.Empty(receiver.Spans);
    }

    // "HTTP status, gRPC status", the latter 0 where there is none.
    private static async Task<string> ExportAsync(
        OtlpReceiver receiver, bool isGrpc, string grpcPath, string httpPath, byte[] message, bool isCompressed = false)
    {
        byte[] payload = isCompressed ? Gzip(message) : message;
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(isGrpc ? receiver.GrpcEndpoint : receiver.HttpEndpoint, isGrpc ? grpcPath : httpPath))
        {
            Version = isGrpc ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(isGrpc ? Frame(payload, isCompressed) : payload),
        };
        if (isCompressed && !isGrpc)
            request.Content.Headers.ContentEncoding.Add("gzip");

        using HttpResponseMessage response = await client.SendAsync(request);
        return $"{(int)response.StatusCode} {GrpcStatus(response) ?? "0"}";
    }

    private static string? GrpcStatus(HttpResponseMessage response) =>
        response.TrailingHeaders.TryGetValues("grpc-status", out IEnumerable<string>? trailer) ? trailer.Single()
        : response.Headers.TryGetValues("grpc-status", out IEnumerable<string>? header) ? header.Single()
        : null;

    private static byte[] Frame(byte[] payload, bool isCompressed)
    {
        byte[] frame = new byte[5 + payload.Length];
        frame[0] = isCompressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), payload.Length);
        payload.CopyTo(frame, 5);
        return frame;
    }

    private static byte[] Gzip(byte[] message)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(message);
        return packed.ToArray();
    }
}
