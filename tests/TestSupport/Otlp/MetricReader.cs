using Google.Protobuf;
using static TestSupport.Otlp.ProtobufReader;

namespace TestSupport.Otlp;

/// <summary>Reads opentelemetry.proto.metrics.v1.Metric.</summary>
internal static class MetricReader
{
    public static ReceivedMetric Read(ByteString message, OtlpEnvelope envelope)
    {
        string name = "", unit = "";
        var kind = MetricKind.Unknown;
        bool isMonotonic = false;
        List<ReceivedPoint> points = [];

        bool ReadPoints(MetricKind of, ByteString body, Func<ByteString, ReceivedPoint> readPoint)
        {
            kind = of;
            ReadFields(body, (input, field) => field switch
            {
                1 => Add(points, readPoint(input.ReadBytes())),
                3 => of == MetricKind.Sum && Set(out isMonotonic, input.ReadBool()),
                _ => false,
            });
            return true;
        }

        ReadFields(message, (input, field) => field switch
        {
            1 => Set(out name, input.ReadString()),
            3 => Set(out unit, input.ReadString()),
            5 => ReadPoints(MetricKind.Gauge, input.ReadBytes(), ReadNumber),
            7 => ReadPoints(MetricKind.Sum, input.ReadBytes(), ReadNumber),
            9 => ReadPoints(MetricKind.Histogram, input.ReadBytes(), point => ReadHistogram(point, attributesField: 9)),
            10 => ReadPoints(MetricKind.ExponentialHistogram, input.ReadBytes(), point => ReadHistogram(point, attributesField: 1)),
            _ => false,
        });
        return new ReceivedMetric(name, unit, kind, isMonotonic, points, envelope.ScopeName, envelope.ResourceAttributes);
    }

    private static ReceivedPoint ReadNumber(ByteString message)
    {
        ulong time = 0;
        double value = 0;
        Dictionary<string, object?> attributes = [];
        ReadFields(message, (input, field) => field switch
        {
            3 => Set(out time, input.ReadFixed64()),
            4 => Set(out value, input.ReadDouble()),
            6 => Set(out value, input.ReadSFixed64()),
            7 => AddAttribute(attributes, input.ReadBytes()),
            _ => false,
        });
        return new ReceivedPoint(value, 0, attributes, time);
    }

    private static ReceivedPoint ReadHistogram(ByteString message, int attributesField)
    {
        ulong time = 0, count = 0;
        double sum = 0;
        List<string> traces = [];
        Dictionary<string, object?> attributes = [];
        ReadFields(message, (input, field) => field switch
        {
            3 => Set(out time, input.ReadFixed64()),
            4 => Set(out count, input.ReadFixed64()),
            5 => Set(out sum, input.ReadDouble()),
            8 => Add(traces, ReadTraceOfExemplar(input.ReadBytes())),
            _ => field == attributesField && AddAttribute(attributes, input.ReadBytes()),
        });
        return new ReceivedPoint(sum, count, attributes, time) { ExemplarTraces = traces };
    }

    private static string ReadTraceOfExemplar(ByteString message)
    {
        string? trace = null;
        ReadFields(message, (input, field) => field == 5 && Set(out trace, HexOrNull(input.ReadBytes())));
        return trace ?? "";
    }
}
