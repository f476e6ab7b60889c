using System.Diagnostics;
using System.Text;

namespace Ingestion.Sources.RabbitMq;

/// <summary>The trace context of a message, as W3C Trace Context writes it: https://www.w3.org/TR/trace-context/.</summary>
internal static class TraceHeaders
{
    private const string Parent = "traceparent";
    private const string State = "tracestate";

    /// <summary>The headers for messages that the span sends; null without one.</summary>
    public static Dictionary<string, object?>? For(Activity? span)
    {
        if (span?.Id is not { } id || span.IdFormat != ActivityIdFormat.W3C)
            return null;

        Dictionary<string, object?> headers = new(StringComparer.Ordinal) { [Parent] = Encoding.ASCII.GetBytes(id) };
        if (span.TraceStateString is { Length: > 0 } state)
            headers[State] = Encoding.ASCII.GetBytes(state);
        return headers;
    }

    /// <summary>The headers for a message that takes the place of one with these.</summary>
    public static Dictionary<string, object?> Copy(IDictionary<string, object?>? headers) =>
        new((headers ?? new Dictionary<string, object?>(StringComparer.Ordinal)).Where(header => header.Key is Parent or State), StringComparer.Ordinal);

    /// <summary>The context a message came with; none when it has no usable one.</summary>
    public static ActivityContext Read(IDictionary<string, object?>? headers) =>
        Text(headers, Parent) is { } parent && ActivityContext.TryParse(parent, Text(headers, State), isRemote: true, out ActivityContext context) ? context : default;

    // RabbitMQ's long strings come as bytes.
    private static string? Text(IDictionary<string, object?>? headers, string name) => headers?.TryGetValue(name, out object? value) == true
        ? value switch
        {
            byte[] bytes => Encoding.Latin1.GetString(bytes),
            string text => text,
            _ => null,
        }
        : null;
}
