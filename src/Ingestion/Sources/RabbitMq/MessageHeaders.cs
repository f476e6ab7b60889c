namespace Ingestion.Sources.RabbitMq;

/// <summary>The headers of messages: the trace context as W3C Trace Context writes it (https://www.w3.org/TR/trace-context/), and what a dead message says of itself.</summary>
internal static class MessageHeaders
{
    private const string TraceParent = "traceparent";
    private const string TraceState = "tracestate";
    private const string Reason = "x-ingestion-reason";
    private const string ItemId = "x-ingestion-item-id";
    private const string Size = "x-ingestion-original-bytes";
    private const int MaxReason = 1_000;

    /// <summary>Of messages that the span sends; null without one.</summary>
    public static Dictionary<string, object?>? OfSpan(Activity? span)
    {
        if (span?.Id is not { } id || span.IdFormat != ActivityIdFormat.W3C)
            return null;

        Dictionary<string, object?> headers = new(StringComparer.Ordinal) { [TraceParent] = Encoding.ASCII.GetBytes(id) };
        if (span.TraceStateString is { Length: > 0 } state)
            headers[TraceState] = Encoding.ASCII.GetBytes(state);
        return headers;
    }

    /// <summary>Of a message that takes the place of one with these.</summary>
    public static Dictionary<string, object?> CopyTrace(IDictionary<string, object?>? headers) =>
        new((headers ?? new Dictionary<string, object?>(StringComparer.Ordinal)).Where(header => header.Key is TraceParent or TraceState), StringComparer.Ordinal);

    /// <summary>The context a message came with; none when it has no usable one.</summary>
    public static ActivityContext ReadTrace(IDictionary<string, object?>? headers) =>
        Text(headers, TraceParent) is { } parent && ActivityContext.TryParse(parent, Text(headers, TraceState), isRemote: true, out ActivityContext context) ? context : default;

    /// <summary>Of an item that failed.</summary>
    public static Dictionary<string, object?> OfFailure(ItemKey key, string? reason) =>
        new(StringComparer.Ordinal) { [Reason] = Excerpt.Of(reason ?? "failed", MaxReason), [ItemId] = key.Text is { } text ? text : key.Number };

    /// <summary>Of a message that cannot be understood.</summary>
    public static Dictionary<string, object?> OfRefusal(Delivery refused)
    {
        Dictionary<string, object?> headers = new(StringComparer.Ordinal) { [Reason] = Excerpt.Of(refused.Problem ?? "not understood", MaxReason) };
        if (refused.Size > QueueMessage.MaxBytes)
            headers[Size] = refused.Size;
        return headers;
    }

    // RabbitMQ's long strings come as bytes.
    private static string? Text(IDictionary<string, object?>? headers, string name) => headers?.TryGetValue(name, out object? value) != true ? null
        : value is byte[] bytes ? Encoding.Latin1.GetString(bytes)
        : value as string;
}
