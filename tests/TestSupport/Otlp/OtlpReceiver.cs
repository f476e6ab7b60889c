using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace TestSupport.Otlp;

/// <summary>An OTLP collector that keeps what it receives, over gRPC and over HTTP/protobuf. Safe for concurrent use.</summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private const int FrameHeader = 5;
    private const string GrpcUnavailable = "14";

    private readonly Lock _lock = new();
    private readonly List<ReceivedSpan> _spans = [];
    private readonly List<ReceivedMetric> _metrics = [];
    private readonly List<ReceivedLog> _logs = [];
    private readonly List<(string Path, string Header)> _exports = [];
    private readonly List<(Func<OtlpReceiver, bool> Condition, TaskCompletionSource Reached)> _waiters = [];
    private readonly WebApplication _server;
    private int _refused;

    private OtlpReceiver(X509Certificate2? certificate)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0, listener => Listen(listener, HttpProtocols.Http2));
            kestrel.Listen(IPAddress.Loopback, 0, listener => Listen(listener, HttpProtocols.Http1));
        });
        if (certificate is not null)
            builder.WebHost.UseKestrelHttpsConfiguration();
        _server = builder.Build();
        _server.Run(HandleAsync);

        void Listen(ListenOptions listener, HttpProtocols protocols)
        {
            listener.Protocols = protocols;
            if (certificate is not null)
                listener.UseHttps(certificate);
        }
    }

    /// <summary>The value of OTEL_EXPORTER_OTLP_ENDPOINT for the protocol <c>grpc</c>.</summary>
    public Uri GrpcEndpoint { get; private set; } = new("http://127.0.0.1");

    /// <summary>The value of OTEL_EXPORTER_OTLP_ENDPOINT for the protocol <c>http/protobuf</c>.</summary>
    public Uri HttpEndpoint { get; private set; } = new("http://127.0.0.1");

    /// <summary>Whether exports are refused as by a collector that is not available: gRPC status UNAVAILABLE, or HTTP 503.</summary>
    public bool IsRefusing { get; set; }

    /// <summary>What the exports to a path are answered with instead of being taken: an HTTP status, or for 200 a gRPC status; null: they are taken.</summary>
    public Func<string, (int Http, int Grpc)?>? Answer { get; set; }

    /// <summary>How much of each export to a path it says that it rejected, and why, though it is kept here; null: nothing.</summary>
    public Func<string, (int Count, string Reason)?>? Rejects { get; set; }

    /// <summary>The paths of all exports that came, and the value of the header X-Test each had.</summary>
    public IReadOnlyList<(string Path, string Header)> Exports => Snapshot(_exports);

    /// <summary>How many exports were refused.</summary>
    public int RefusedExports => Volatile.Read(ref _refused);

    public IReadOnlyList<ReceivedSpan> Spans => Snapshot(_spans);

    public IReadOnlyList<ReceivedMetric> Metrics => Snapshot(_metrics);

    public IReadOnlyList<ReceivedLog> Logs => Snapshot(_logs);

    /// <summary>Starts it; with a certificate it speaks TLS.</summary>
    public static async Task<OtlpReceiver> StartAsync(X509Certificate2? certificate = null)
    {
        var receiver = new OtlpReceiver(certificate);
        await receiver._server.StartAsync();
        string[] addresses = [.. receiver._server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];
        receiver.GrpcEndpoint = new Uri(addresses[0]);
        receiver.HttpEndpoint = new Uri(addresses[1]);
        return receiver;
    }

    /// <summary>Completes as soon as a condition on what was received holds; it is looked at after every export.</summary>
    public Task WaitUntilAsync(Func<OtlpReceiver, bool> condition)
    {
        lock (_lock)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((condition, reached));
            WakeWaiters();
            return reached.Task;
        }
    }

    /// <summary>Forgets what was received.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _spans.Clear();
            _metrics.Clear();
            _logs.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new CancellationToken(canceled: true));
        await _server.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        bool isGrpc = HttpProtocol.IsHttp2(context.Request.Protocol);
        string path = context.Request.Path.Value ?? "";
        lock (_lock)
            _exports.Add((path, context.Request.Headers["X-Test"].ToString()));
        if (Answer?.Invoke(path) is var (http, grpc))
        {
            context.Response.StatusCode = http;
            if (isGrpc)
                context.Response.Headers["grpc-status"] = $"{grpc}";
            return;
        }

        if (IsRefusing)
        {
            Interlocked.Increment(ref _refused);
            Refuse(context.Response, isGrpc);
            WakeWaitersLocked();
            return;
        }

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        if (!Store(path, isGrpc ? Unframe(body) : Unpack(body, context.Request.Headers.ContentEncoding == "gzip")))
        {
            context.Response.StatusCode = 404;
            return;
        }

        context.Response.ContentType = isGrpc ? "application/grpc" : "application/x-protobuf";
        byte[] answer = Rejects?.Invoke(path) is var (count, reason) ? PartialSuccess(count, reason) : [];
        if (!isGrpc)
        {
            await context.Response.Body.WriteAsync(answer);
        }
        else
        {
            // Not compressed.
            byte[] frame = [.. new byte[FrameHeader], .. answer];
            BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), answer.Length);
            await context.Response.Body.WriteAsync(frame);
            context.Response.AppendTrailer("grpc-status", "0");
        }
    }

    private static byte[] PartialSuccess(int count, string reason)
    {
        return Message(output => WriteBytes(output, Message(inner =>
        {
            inner.WriteTag(1, WireFormat.WireType.Varint);
            inner.WriteInt64(count);
            WriteBytes(inner, Encoding.UTF8.GetBytes(reason), field: 2);
        }), field: 1));

        static void WriteBytes(CodedOutputStream output, byte[] bytes, int field)
        {
            output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(bytes));
        }

        static byte[] Message(Action<CodedOutputStream> write)
        {
            using MemoryStream message = new();
            using (CodedOutputStream output = new(message, leaveOpen: true))
                write(output);
            return message.ToArray();
        }
    }

    private static void Refuse(HttpResponse response, bool isGrpc)
    {
        if (isGrpc)
        {
            response.ContentType = "application/grpc";
            response.Headers["grpc-status"] = GrpcUnavailable;
        }
        else
        {
            response.StatusCode = 503;
        }
    }

    private bool Store(string path, ByteString request)
    {
        Action? add = path switch
        {
            "/v1/traces" or "/opentelemetry.proto.collector.trace.v1.TraceService/Export" => Into(_spans, OtlpEnvelope.ReadItems(request, SpanReader.Read)),
            "/v1/metrics" or "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export" => Into(_metrics, OtlpEnvelope.ReadItems(request, MetricReader.Read)),
            "/v1/logs" or "/opentelemetry.proto.collector.logs.v1.LogsService/Export" => Into(_logs, OtlpEnvelope.ReadItems(request, LogReader.Read)),
            _ => null,
        };
        if (add is null)
            return false;

        lock (_lock)
        {
            add();
            WakeWaiters();
        }

        return true;
    }

    private static Action Into<T>(List<T> list, List<T> received) => () => list.AddRange(received);

    // A gRPC message: one byte that says whether it is compressed, four bytes of length, the message.
    private static ByteString Unframe(MemoryStream body)
    {
        ReadOnlySpan<byte> frame = body.GetBuffer().AsSpan(0, (int)body.Length);
        int length = BinaryPrimitives.ReadInt32BigEndian(frame[1..]);
        return Unpack(new MemoryStream(frame.Slice(FrameHeader, length).ToArray()), isGzip: frame[0] == 1);
    }

    private static ByteString Unpack(MemoryStream body, bool isGzip)
    {
        body.Position = 0;
        if (!isGzip)
            return ByteString.FromStream(body);

        using var gzip = new GZipStream(body, CompressionMode.Decompress);
        return ByteString.FromStream(gzip);
    }

    private T[] Snapshot<T>(List<T> list)
    {
        lock (_lock)
            return [.. list];
    }

    private void WakeWaitersLocked()
    {
        lock (_lock)
            WakeWaiters();
    }

    private void WakeWaiters() => _waiters.RemoveAll(waiter => waiter.Condition(this) && waiter.Reached.TrySetResult());
}
