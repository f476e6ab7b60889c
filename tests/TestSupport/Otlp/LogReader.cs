using Google.Protobuf;
using static TestSupport.Otlp.ProtobufReader;

namespace TestSupport.Otlp;

/// <summary>Reads opentelemetry.proto.logs.v1.LogRecord.</summary>
internal static class LogReader
{
    public static ReceivedLog Read(ByteString message, OtlpEnvelope envelope)
    {
        object? body = null;
        int severity = 0;
        string severityText = "";
        string? traceId = null, spanId = null;
        Dictionary<string, object?> attributes = [];
        ReadFields(message, (input, field) => field switch
        {
            2 => Set(out severity, input.ReadEnum()),
            3 => Set(out severityText, input.ReadString()),
            5 => Set(out body, ReadAnyValue(input.ReadBytes())),
            6 => AddAttribute(attributes, input.ReadBytes()),
            9 => Set(out traceId, HexOrNull(input.ReadBytes())),
            10 => Set(out spanId, HexOrNull(input.ReadBytes())),
            _ => false,
        });
        return new ReceivedLog(body, severity, severityText, attributes, traceId, spanId, envelope.ScopeName, envelope.ResourceAttributes);
    }
}
