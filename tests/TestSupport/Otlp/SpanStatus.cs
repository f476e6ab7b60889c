namespace TestSupport.Otlp;

/// <summary>opentelemetry.proto.trace.v1.Status.StatusCode.</summary>
public enum SpanStatus
{
    Unset,
    Ok,
    Error,
}
