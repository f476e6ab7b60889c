namespace TestSupport.Otlp;

/// <summary>A link from a span to another one.</summary>
public sealed record ReceivedLink(string TraceId, string SpanId, IReadOnlyDictionary<string, object?> Attributes);
