namespace TestSupport.Otlp;

/// <summary>A span as it came over the wire. IDs are lower-case hex; times are nanoseconds since 1970.</summary>
public sealed record ReceivedSpan(
    string TraceId,
    string SpanId,
    string? ParentSpanId,
    string Name,
    SpanKind Kind,
    ulong StartNanoseconds,
    ulong EndNanoseconds,
    IReadOnlyDictionary<string, object?> Attributes,
    IReadOnlyList<ReceivedLink> Links,
    SpanStatus Status,
    string ScopeName,
    IReadOnlyDictionary<string, object?> ResourceAttributes)
{
    public DateTimeOffset Start => UnixTime.Of(StartNanoseconds);

    public DateTimeOffset End => UnixTime.Of(EndNanoseconds);
}
