namespace TestSupport.Otlp;

/// <summary>opentelemetry.proto.trace.v1.Span.SpanKind.</summary>
public enum SpanKind
{
    Unspecified,
    Internal,
    Server,
    Client,
    Producer,
    Consumer,
}
