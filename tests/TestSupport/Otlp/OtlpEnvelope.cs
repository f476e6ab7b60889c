using Google.Protobuf;
using static TestSupport.Otlp.ProtobufReader;

namespace TestSupport.Otlp;

/// <summary>
/// The two levels around what is exported, which are numbered alike for traces, metrics and logs: request → resource (1: attributes 1) and
/// scopes (2) → scope (1: name 1) and items (2).
/// </summary>
internal sealed record OtlpEnvelope(string ScopeName, IReadOnlyDictionary<string, object?> ResourceAttributes)
{
    /// <summary>Reads every item of an export request with the envelope it came in.</summary>
    public static List<T> ReadItems<T>(ByteString request, Func<ByteString, OtlpEnvelope, T> readItem)
    {
        List<T> items = [];
        ReadFields(request, (input, field) => field == 1 && ReadResource(input.ReadBytes(), readItem, items));
        return items;
    }

    private static bool ReadResource<T>(ByteString message, Func<ByteString, OtlpEnvelope, T> readItem, List<T> items)
    {
        Dictionary<string, object?> attributes = [];
        List<ByteString> scopes = [];
        ReadFields(message, (input, field) => field switch
        {
            1 => Set(out attributes, ReadAttributes(input.ReadBytes(), keyValueField: 1)),
            2 => Add(scopes, input.ReadBytes()),
            _ => false,
        });

        foreach (ByteString scope in scopes)
            ReadScope(scope, attributes, readItem, items);
        return true;
    }

    private static void ReadScope<T>(
        ByteString message, Dictionary<string, object?> resource, Func<ByteString, OtlpEnvelope, T> readItem, List<T> items)
    {
        string name = "";
        List<ByteString> encoded = [];
        ReadFields(message, (input, field) => field switch
        {
            1 => Set(out name, ReadScopeName(input.ReadBytes())),
            2 => Add(encoded, input.ReadBytes()),
            _ => false,
        });

        var envelope = new OtlpEnvelope(name, resource);
        items.AddRange(encoded.Select(item => readItem(item, envelope)));
    }

    private static string ReadScopeName(ByteString message)
    {
        string name = "";
        ReadFields(message, (input, field) => field == 1 && Set(out name, input.ReadString()));
        return name;
    }
}
