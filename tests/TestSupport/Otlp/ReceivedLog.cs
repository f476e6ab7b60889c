namespace TestSupport.Otlp;

/// <summary>A log record. <paramref name="Severity"/> is 1 to 24, 9 being information, 13 a warning, 17 an error.</summary>
public sealed record ReceivedLog(
    object? Body,
    int Severity,
    string SeverityText,
    IReadOnlyDictionary<string, object?> Attributes,
    string? TraceId,
    string? SpanId,
    string ScopeName,
    IReadOnlyDictionary<string, object?> ResourceAttributes);
