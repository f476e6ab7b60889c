using Google.Protobuf;
using static TestSupport.Otlp.ProtobufReader;

namespace TestSupport.Otlp;

/// <summary>Reads opentelemetry.proto.trace.v1.Span.</summary>
internal static class SpanReader
{
    public static ReceivedSpan Read(ByteString message, OtlpEnvelope envelope)
    {
        string? traceId = null, spanId = null, parentId = null;
        string name = "";
        int kind = 0;
        ulong start = 0, end = 0;
        var status = SpanStatus.Unset;
        Dictionary<string, object?> attributes = [];
        List<ReceivedLink> links = [];
        ReadFields(message, (input, field) => field switch
        {
            1 => Set(out traceId, HexOrNull(input.ReadBytes())),
            2 => Set(out spanId, HexOrNull(input.ReadBytes())),
            4 => Set(out parentId, HexOrNull(input.ReadBytes())),
            5 => Set(out name, input.ReadString()),
            6 => Set(out kind, input.ReadEnum()),
            7 => Set(out start, input.ReadFixed64()),
            8 => Set(out end, input.ReadFixed64()),
            9 => AddAttribute(attributes, input.ReadBytes()),
            13 => Add(links, ReadLink(input.ReadBytes())),
            15 => Set(out status, ReadStatus(input.ReadBytes())),
            _ => false,
        });
        return new ReceivedSpan(
            traceId ?? "", spanId ?? "", parentId, name, (SpanKind)kind, start, end, attributes, links, status,
            envelope.ScopeName, envelope.ResourceAttributes);
    }

    private static ReceivedLink ReadLink(ByteString message)
    {
        string? traceId = null, spanId = null;
        Dictionary<string, object?> attributes = [];
        ReadFields(message, (input, field) => field switch
        {
            1 => Set(out traceId, HexOrNull(input.ReadBytes())),
            2 => Set(out spanId, HexOrNull(input.ReadBytes())),
            4 => AddAttribute(attributes, input.ReadBytes()),
            _ => false,
        });
        return new ReceivedLink(traceId ?? "", spanId ?? "", attributes);
    }

    private static SpanStatus ReadStatus(ByteString message)
    {
        int code = 0;
        ReadFields(message, (input, field) => field == 3 && Set(out code, input.ReadEnum()));
        return (SpanStatus)code;
    }
}
