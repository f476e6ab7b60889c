using UpstreamSimulator.Http;

namespace UpstreamSimulator.Records;

/// <summary>Makes up a record, as UTF-8 JSON. It states the number it has, unless the simulator is lying.</summary>
internal delegate byte[] RecordGenerator(int seed, int number, int statedNumber, bool isRevised, string suffix);

/// <summary>Records of one kind, numbered from 1: where they are, how they are asked for, and what the answers look like.</summary>
internal sealed class Collection(string name, string item, RecordGenerator generate)
{
    private readonly byte[] _notFound = Encoding.UTF8.GetBytes($"{{\"error\":\"{item} not found\"}}");

    /// <summary>Every collection. Those of the public API come first; each of the others has something else that APIs have.</summary>
    public static IReadOnlyList<Collection> All { get; } =
    [
        new("character", "Character", CharacterGenerator.Generate),
        new("location", "Location", RecordShapes.Of(RecordShapes.Location)) { Count = 126 },
        new("episode", "Episode", RecordShapes.Of(RecordShapes.Episode)) { Count = 51 },
        new("parts", "Part", RecordShapes.Of(RecordShapes.Part)) { KeyOf = RecordShapes.Sku, DigitsFrom = 3, WantsToken = true },
        new("orders", "Order", RecordShapes.Of(RecordShapes.Order)) { KeyOf = RecordShapes.OrderId, DigitsFrom = 1, HasEnvelope = true },
        new("things", "Thing", RecordShapes.Of(RecordShapes.Thing)) { KeyOf = number => $"{number}", HasGaps = true },
    ];

    public string Name => name;

    public string Path { get; } = $"{ApiQuery.Root}/{name}";

    public RecordGenerator Generate => generate;

    /// <summary>How many there are; null: as many as <see cref="SimulatorOptions.Characters"/> says.</summary>
    public int? Count { get; init; }

    /// <summary>What the record of a number is asked for by; null: by the number, also several at once, as in the public API.</summary>
    public Func<int, string>? KeyOf { get; init; }

    /// <summary>Where a key's digits begin that are the number.</summary>
    public int DigitsFrom { get; init; }

    public bool WantsToken { get; init; }

    /// <summary>Whether a record comes within an envelope; then the answer for an unknown one is empty.</summary>
    public bool HasEnvelope { get; init; }

    /// <summary>Whether numbers are missing; then there are pages that say which are not.</summary>
    public bool HasGaps { get; init; }

    /// <summary>The body for an unknown record.</summary>
    public ReadOnlyMemory<byte> NotFound => HasEnvelope ? default : _notFound;

    /// <summary>The number of a key, or -1.</summary>
    public int NumberOf(string key)
    {
        ReadOnlySpan<char> digits = key.AsSpan(Math.Min(DigitsFrom, key.Length));
        int length = digits.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(length < 0 ? digits : digits[..length], NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && KeyOf!(number) == key ? number : -1;
    }
}
