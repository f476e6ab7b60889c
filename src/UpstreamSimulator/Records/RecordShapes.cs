using System.Buffers;
using System.Text.Json.Nodes;
using static UpstreamSimulator.Records.CharacterGenerator;

namespace UpstreamSimulator.Records;

/// <summary>What the records of every collection but the characters look like.</summary>
internal static class RecordShapes
{
    private static readonly DateTime FirstAired = new(2013, 12, 2);
    private static readonly string[] Worlds = ["Earth", "Citadel", "Anatomy Park", "Nuptia", "Gazorpazorp", "Purge Planet", "Venzenulon", "Bépo"];
    private static readonly string[] WorldTypes = ["Planet", "Planet", "Cluster", "Space station", "Microverse", ""];
    private static readonly string[] Dimensions = ["Dimension C-137", "Replacement Dimension", "unknown", ""];
    private static readonly string[] Adjectives = ["Pilot", "Lawnmower", "Rixty", "Auto Erotic", "Interdimensional", "Ricklantis", "Größter", "Total"];
    private static readonly string[] Goods = ["Plumbus", "Portal Gun", "Microverse Battery", "Meeseeks Box", "Butter Robot", "Mikroprisma®"];

    // Each of them means something in a URL, so that a key works only where it is percent-encoded.
    private static readonly string[] SkuEnds = ["/b", " c", "%d", "?e", "+é"];

    /// <summary>Makes records of a shape: of the number they state, what is appended to the name, when they were created, and chance.</summary>
    public static RecordGenerator Of(Func<int, string, string, ulong, JsonObject> shape) => (seed, number, statedNumber, isRevised, suffix) =>
    {
        JsonObject record = shape(
            statedNumber, isRevised ? $" (revised){suffix}" : suffix, Created(seed, number), Randomness.Bits(seed, number, purpose: -3));
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer, WriterOptions);
        record.WriteTo(json);
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    };

    public static JsonObject Location(int id, string suffix, string created, ulong bits) => new()
    {
        ["id"] = id,
        ["name"] = $"{Take(Worlds, ref bits)} {id}{suffix}",
        ["type"] = Take(WorldTypes, ref bits),
        ["dimension"] = Take(Dimensions, ref bits),
        ["residents"] = Characters(ref bits),
        ["url"] = $"{ApiRoot}/location/{id}",
        ["created"] = created,
    };

    public static JsonObject Episode(int id, string suffix, string created, ulong bits) => new()
    {
        ["id"] = id,
        ["name"] = $"{Take(Adjectives, ref bits)} {Take(Goods, ref bits)}{suffix}",
        ["air_date"] = FirstAired.AddDays(7 * (id - 1)).ToString("MMMM d, yyyy", CultureInfo.InvariantCulture),
        ["episode"] = $"S{1 + ((id - 1) / 11):D2}E{1 + ((id - 1) % 11):D2}",
        ["characters"] = Characters(ref bits),
        ["url"] = $"{ApiRoot}/episode/{id}",
        ["created"] = created,
    };

    public static JsonObject Part(int number, string suffix, string created, ulong bits) => new()
    {
        ["sku"] = Sku(number),
        ["name"] = $"{Take(Goods, ref bits)}{suffix}",
        ["stock"] = Take(500, ref bits),
        ["price"] = new JsonObject { ["amount"] = (100 + Take(100_000, ref bits)) / 100m, ["currency"] = "EUR" },
        ["updated"] = created,
    };

    /// <summary>Its ID is a number written as text, as APIs do whose IDs have 64 bits.</summary>
    public static JsonObject Order(int number, string suffix, string created, ulong bits) => new()
    {
        ["id"] = OrderId(number),
        ["customer"] = new JsonObject { ["name"] = $"{Take(Worlds, ref bits)} Traders{suffix}" },
        ["lines"] = new JsonArray(new JsonObject { ["sku"] = Sku(1 + Take(800, ref bits)), ["quantity"] = 1 + Take(9, ref bits) }),
        ["total"] = (100 + Take(100_000, ref bits)) / 100m,
        ["placed"] = created,
    };

    public static JsonObject Thing(int id, string suffix, string created, ulong bits) => new()
    {
        ["ref"] = new JsonObject { ["id"] = id },
        ["name"] = $"{Take(Adjectives, ref bits)} {Take(Goods, ref bits)}{suffix}",
        ["made"] = created,
    };

    public static string Sku(int number) => $"AX-{number:D4}{SkuEnds[number % SkuEnds.Length]}";

    public static string OrderId(int number) => $"{7_000_000_000 + number}";

    private static JsonArray Characters(ref ulong bits)
    {
        int first = 1 + Take(800, ref bits);
        return new JsonArray([.. Enumerable.Range(first, Take(20, ref bits)).Select(id => (JsonNode?)$"{ApiRoot}/character/{id}")]);
    }
}
