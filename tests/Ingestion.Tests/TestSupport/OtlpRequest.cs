using Google.Protobuf;

namespace Ingestion.Tests.TestSupport;

/// <summary>Encodes OTLP messages by hand, field by field.</summary>
internal static class OtlpRequest
{
    public static byte[] Message(Action<CodedOutputStream> write)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
            write(output);
        return stream.ToArray();
    }

    public static void Nested(this CodedOutputStream output, int field, byte[] message)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(message));
    }

    public static void Text(this CodedOutputStream output, int field, string value)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(value);
    }

    public static void Number(this CodedOutputStream output, int field, int value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt64(value);
    }

    public static void Fixed(this CodedOutputStream output, int field, ulong value)
    {
        output.WriteTag(field, WireFormat.WireType.Fixed64);
        output.WriteFixed64(value);
    }

    public static void Real(this CodedOutputStream output, int field, double value)
    {
        output.WriteTag(field, WireFormat.WireType.Fixed64);
        output.WriteDouble(value);
    }

    public static byte[] Attribute(string key, Action<CodedOutputStream> value) => Message(pair =>
    {
        pair.Text(1, key);
        pair.Nested(2, Message(value));
    });

    /// <summary>Items in the scope <c>test scope</c> of the resource <c>service.name = test service</c>.</summary>
    public static byte[] Export(params byte[][] items) => Message(request => request.Nested(1, Message(resource =>
    {
        resource.Nested(1, Message(attributes => attributes.Nested(1, Attribute("service.name", value => value.Text(1, "test service")))));
        resource.Nested(2, Message(scope =>
        {
            scope.Nested(1, Message(name => name.Text(1, "test scope")));
            foreach (byte[] item in items)
                scope.Nested(2, item);
        }));
    })));

    public static byte[] Span(string name, byte id, ulong start, ulong end) => Message(span =>
    {
        span.Nested(1, [.. Enumerable.Repeat((byte)0xAB, 16)]);
        span.Nested(2, [0, 0, 0, 0, 0, 0, 0, id]);
        span.Nested(4, [0, 0, 0, 0, 0, 0, 0, 0xFF]);
        span.Text(5, name);
        span.Number(6, 3);
        span.Fixed(7, start);
        span.Fixed(8, end);
        span.Nested(9, Attribute("character.id", value => value.Number(3, 7)));
        span.Nested(9, Attribute("ratio", value => value.Real(4, 0.5)));
        span.Nested(9, Attribute("ok", value => value.Number(2, 1)));
        span.Nested(13, Message(link =>
        {
            link.Nested(1, [.. Enumerable.Repeat((byte)0xCD, 16)]);
            link.Nested(2, [1, 0, 0, 0, 0, 0, 0, 0]);
        }));
        span.Nested(15, Message(status => status.Number(3, 2)));
    });
}
