using System.Text.Json.Nodes;

namespace UpstreamSimulator.Faults;

/// <summary>Ways to spoil a record that is then sent correctly, with status 200.</summary>
internal static class SpoiledRecords
{
    // Red, a line break, and a switch to writing from right to left: what must not reach a terminal.
    private const string Controls = @"\u001b[31m\r\n\u202e";

    private static readonly string[] TextFields = ["name", "status", "species", "type", "gender", "image", "url"];

    private static readonly Dictionary<string, Func<byte[], byte[]>> Ways = new(StringComparer.OrdinalIgnoreCase)
    {
        ["cut-json"] = record => record[..(record.Length / 2)],
        ["array"] = record => [.. "["u8, .. record, .. "]"u8],
        ["twice"] = record => [.. record, .. record],
        ["bom"] = record => [.. "\uFEFF"u8, .. record],
        ["utf-16"] = record => Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(record)),
        ["invalid-utf8"] = record => InName(record, [0xC3, 0x28]),
        ["nul-byte"] = record => InName(record, [0]),
        ["lone-surrogate"] = record => InName(record, @"\ud800"u8),
        ["control-text"] = record => InName(record, Encoding.ASCII.GetBytes(Controls)),
        ["control-keys"] = record => Before(record, $"\"{Controls}\":1,\"{Controls}\":2"),
        ["unknown-fields"] = record => Before(record, "\"new\":[1,{\"a\":null}],\"newer\":{\"b\":[true]}"),
        ["duplicate-key"] = record => Before(record, "\"name\":\"twice\""),
        ["many-keys"] = record => Before(record, string.Join(',', Enumerable.Range(0, 70_000).Select(key => $"\"k{key:x}\":0"))),
        ["deep"] = record => Before(record, $"\"x\":{new string('[', 100_000)}{new string(']', 100_000)}"),
        ["huge-number"] = record => Before(record, "\"x\":1e999999"),
        ["huge-id"] = record => With(record, fields => fields["id"] = JsonNode.Parse(new string('9', 100))),
        ["missing-field"] = record => With(record, fields => fields.Remove(SomeField(fields))),
        ["null-field"] = record => With(record, fields => fields[SomeField(fields)] = null),
        ["bad-date"] = record => With(record, fields => fields["created"] = "2017-13-45T25:61:61Z"),
        ["date-out-of-range"] = record => With(record, fields => fields["created"] = "0001-01-01T00:00:00+05:00"),
        ["first-date"] = record => With(record, fields => fields["created"] = "0001-01-01T00:00:00Z"),
        ["nul-everywhere"] = record => With(record, AddNuls),
    };

    public static IEnumerable<string> Names => Ways.Keys;

    public static byte[] Spoil(string way, byte[] record) => Ways[way](record);

    private static byte[] With(byte[] record, Action<JsonObject> change)
    {
        JsonObject fields = JsonNode.Parse(record)!.AsObject();
        change(fields);
        return Encoding.UTF8.GetBytes(fields.ToJsonString());
    }

    private static string SomeField(JsonObject fields) => fields.ContainsKey("species") ? "species" : fields.GetAt(1).Key;

    private static byte[] Before(byte[] record, string fields) => [.. "{"u8, .. Encoding.UTF8.GetBytes(fields), .. ","u8, .. record.AsSpan(1)];

    private static byte[] InName(byte[] record, ReadOnlySpan<byte> inserted)
    {
        int start = record.AsSpan().IndexOf("\"name\":\""u8) + "\"name\":\"".Length;
        return [.. record.AsSpan(0, start), .. inserted, .. record.AsSpan(start)];
    }

    private static void AddNuls(JsonObject fields)
    {
        foreach (JsonObject part in (JsonObject[])[fields, .. fields.Select(field => field.Value).OfType<JsonObject>()])
        {
            foreach (string name in TextFields.Where(part.ContainsKey))
                part[name] = $"{part[name]}\0";
            part["nul\0"] = "\0";
        }
    }
}
