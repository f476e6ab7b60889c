using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace Worker.Hosting;

/// <summary>Sends the requests of an exporter, and tells its signal what came back, which the SDK keeps to itself.</summary>
internal sealed class ExportHandler(ExportedSignal signal, IReadOnlyList<(string Name, string Value)> headers, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>The reason of a failure that nobody gave one for.</summary>
    public const string NoAnswer = "no answer in time";

    private const int MaxAnswerBytes = 1_048_576;
    private const int GrpcPrefix = 5;
    private const string StatusHeader = "grpc-status";
    private const string IsItHttp = "; does this port speak gRPC? If not, set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf";
    private const string IsItGrpc = "; is this port for gRPC? If so, set OTEL_EXPORTER_OTLP_PROTOCOL to grpc";

    /// <summary>Names as in https://grpc.github.io/grpc/core/md_doc_statuscodes.html, by number.</summary>
    private static readonly string[] Statuses =
        ["OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
         "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"];

    // Called by threads of the SDK that do nothing else, and block for gRPC as well.
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) => SendAsync(request, cancellationToken).GetAwaiter().GetResult();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            if (signal.IsRefused)
                return Accepted();

            HttpResponseMessage response = await base.SendAsync(WithHeaders(request), cancellationToken);
            // Over gRPC the status comes behind the body.
            await response.Content.LoadIntoBufferAsync(MaxAnswerBytes, cancellationToken);
            return Judge(request, response, await response.Content.ReadAsByteArrayAsync(cancellationToken));
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            signal.NotSent(Describe(e, request));
            throw;
        }
    }

    private HttpRequestMessage WithHeaders(HttpRequestMessage request)
    {
        foreach ((string name, string value) in headers)
            request.Headers.Add(name, value);
        return request;
    }

    private HttpResponseMessage Judge(HttpRequestMessage request, HttpResponseMessage response, ReadOnlySpan<byte> answer)
    {
        string? problem = !response.IsSuccessStatusCode ? $"HTTP {(int)response.StatusCode}" : IsGrpc(request) ? GrpcProblem(response) : null;
        if (problem is null)
        {
            // A message of gRPC has a flag and its length before it.
            signal.Sent(PartialSuccess.Read(IsGrpc(request) ? answer[Math.Min(answer.Length, GrpcPrefix)..] : answer));
            return response;
        }

        if (request.RequestUri!.AbsolutePath.EndsWith($"/v1/{signal.Name}/v1/{signal.Name}", StringComparison.OrdinalIgnoreCase))
            problem += $"; OTEL_EXPORTER_OTLP_ENDPOINT must be the address without /v1/{signal.Name}, which is added to it";
        else if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented || problem.StartsWith("gRPC UNIMPLEMENTED", StringComparison.Ordinal))
        {
            response.Dispose();
            signal.NotSent(problem, isRefused: true);
            return Accepted();
        }

        signal.NotSent(problem);
        return response;
    }

    /// <summary>What the SDK takes for success, over either protocol.</summary>
    private static HttpResponseMessage Accepted() => new(HttpStatusCode.OK) { Headers = { { StatusHeader, "0" } } };

    private static string? GrpcProblem(HttpResponseMessage response)
    {
        // An answer without a body has it among its headers.
        HttpResponseHeaders from = response.TrailingHeaders.Contains(StatusHeader) ? response.TrailingHeaders : response.Headers;
        if (!int.TryParse(First(from, StatusHeader), out int status))
            return "an answer without gRPC status" + IsItHttp;
        if (status == 0)
            return null;

        string name = status > 0 && status < Statuses.Length ? $"gRPC {Statuses[status]}" : $"gRPC status {status}";
        return First(from, "grpc-message") is { Length: > 0 } message ? $"{name}: {Shorten(Uri.UnescapeDataString(message))}" : name;
    }

    private static string? First(HttpResponseHeaders headers, string name) => headers.TryGetValues(name, out IEnumerable<string>? values) ? values.First() : null;

    private static bool IsGrpc(HttpRequestMessage request) => request.Version.Major >= 2;

    private static string Describe(Exception exception, HttpRequestMessage request) => (exception, exception.GetBaseException()) switch
    {
        (OperationCanceledException, _) => NoAnswer,
        (HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError }, _) => "host name not resolved",
        (_, SocketException { SocketErrorCode: SocketError.ConnectionRefused }) => "connection refused",
        (_, SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown }) => "connection reset" + (IsGrpc(request) ? IsItHttp : IsItGrpc),
        (HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError }, var root) => Shorten(root.Message),
        (_, not SocketException and var root) when IsGrpc(request) => Shorten(root.Message) + IsItHttp,
        (HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded or HttpRequestError.InvalidResponse }, var root) => Shorten(root.Message) + IsItGrpc,
        (_, var root) => Shorten(root.Message),
    };

    public static string Shorten(string text)
    {
        string line = string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).TrimEnd('.');
        return line.Length <= 200 ? line : line[..200] + "…";
    }
}
