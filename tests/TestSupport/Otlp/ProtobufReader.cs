using Google.Protobuf;

namespace TestSupport.Otlp;

/// <summary>Reads what every OTLP message is made of, by field numbers: https://github.com/open-telemetry/opentelemetry-proto.</summary>
internal static class ProtobufReader
{
    /// <summary>Calls <paramref name="read"/> for each field; it returns whether it consumed the field, otherwise the field is skipped.</summary>
    public static void ReadFields(ByteString message, Func<CodedInputStream, int, bool> read)
    {
        CodedInputStream input = message.CreateCodedInput();
        while (input.ReadTag() is var tag && tag != 0)
        {
            if (!read(input, WireFormat.GetTagFieldNumber(tag)))
                input.SkipLastField();
        }
    }

    /// <summary>Makes an assignment an answer to <see cref="ReadFields"/>: the field was consumed.</summary>
    public static bool Set<T>(out T target, T value)
    {
        target = value;
        return true;
    }

    public static bool Add<T>(List<T> list, T value)
    {
        list.Add(value);
        return true;
    }

    public static string? HexOrNull(ByteString bytes) => bytes.IsEmpty ? null : Convert.ToHexStringLower(bytes.Span);

    /// <summary>Reads a KeyValue (key 1, value 2) into a dictionary.</summary>
    public static bool AddAttribute(Dictionary<string, object?> attributes, ByteString message)
    {
        string key = "";
        object? value = null;
        ReadFields(message, (input, field) => field switch
        {
            1 => Set(out key, input.ReadString()),
            2 => Set(out value, ReadAnyValue(input.ReadBytes())),
            _ => false,
        });
        attributes[key] = value;
        return true;
    }

    /// <summary>Reads an AnyValue: string, bool, long, double, list, dictionary or bytes.</summary>
    public static object? ReadAnyValue(ByteString message)
    {
        object? value = null;
        ReadFields(message, (input, field) => field switch
        {
            1 => Set(out value, input.ReadString()),
            2 => Set(out value, input.ReadBool()),
            3 => Set(out value, input.ReadInt64()),
            4 => Set(out value, input.ReadDouble()),
            5 => Set(out value, ReadArray(input.ReadBytes())),
            6 => Set(out value, ReadAttributes(input.ReadBytes(), keyValueField: 1)),
            7 => Set(out value, input.ReadBytes().ToByteArray()),
            _ => false,
        });
        return value;
    }

    /// <summary>Reads the attributes of a message that has nothing else of interest, such as a Resource.</summary>
    public static Dictionary<string, object?> ReadAttributes(ByteString message, int keyValueField)
    {
        Dictionary<string, object?> attributes = [];
        ReadFields(message, (input, field) => field == keyValueField && AddAttribute(attributes, input.ReadBytes()));
        return attributes;
    }

    private static List<object?> ReadArray(ByteString message)
    {
        List<object?> values = [];
        ReadFields(message, (input, field) => field == 1 && Add(values, ReadAnyValue(input.ReadBytes())));
        return values;
    }
}
