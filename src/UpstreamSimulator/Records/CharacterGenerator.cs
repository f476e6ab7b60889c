using System.Buffers;
using System.Text.Encodings.Web;

namespace UpstreamSimulator.Records;

/// <summary>Makes up a character from a seed and an ID, as the JSON the public API would send: same keys, same order, same spread of sizes.</summary>
internal static class CharacterGenerator
{
    // Records carry the public API's own URLs, whatever port the simulator has: the same character must have the same bytes everywhere.
    public const string ApiRoot = "https://rickandmortyapi.com/api";

    private static readonly string[] FirstNames =
        ["Rick", "Morty", "Summer", "Beth", "Jerry", "Abradolf", "Birdperson", "Zoé", "Jürgen", "Ångström", "Łukasz", "Tammy", "Noob-Noob", "Krombopulos", "Dr. Xenon", "東京"];

    private static readonly string[] LastNames =
        ["Sanchez", "Smith", "Lincler", "Guetermann", "Bloom", "Muñoz", "Michael", "Poopybutthole", "Bonecrusher", "O'Neill", "\"Scary\" Terry", "Prime", "Citizen"];

    private static readonly string[] Statuses = ["Alive", "Alive", "Dead", "unknown"];
    private static readonly string[] Species = ["Human", "Human", "Alien", "Humanoid", "Mythological Creature", "Robot", "Animal", "unknown"];
    private static readonly string[] Types = ["Genetic experiment", "Superhuman (Ghost trains summoner)", "Parasite", "Clone", "Gromflomite"];
    private static readonly string[] Genders = ["Male", "Male", "Female", "Genderless", "unknown"];

    private static readonly string[] Locations =
        ["Earth (C-137)", "Citadel of Ricks", "Earth (Replacement Dimension)", "Anatomy Park", "Interdimensional Cable", "Nuptia 4", "Post-Apocalyptic Earth", "Bird World"];

    private static readonly DateTime FirstCreated = new(2017, 11, 4, 18, 48, 46, 250, DateTimeKind.Utc);

    public static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>The character as UTF-8 JSON; a <see cref="RecordGenerator"/>.</summary>
    public static byte[] Generate(int seed, int id, int statedId, bool isRevised, string suffix)
    {
        ulong bits = Randomness.Bits(seed, id, purpose: 0);
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(buffer, WriterOptions);

        json.WriteStartObject();
        json.WriteNumber("id"u8, statedId);
        json.WriteString("name"u8, $"{Take(FirstNames, ref bits)} {Take(LastNames, ref bits)}{suffix}");
        json.WriteString("status"u8, Take(Statuses, ref bits));
        json.WriteString("species"u8, Take(Species, ref bits));
        json.WriteString("type"u8, isRevised ? "Revised" : Take(2, ref bits) == 0 ? Take(Types, ref bits) : "");
        json.WriteString("gender"u8, Take(Genders, ref bits));
        WriteLocation(json, "origin"u8, isUnknown: Take(4, ref bits) == 0, ref bits);
        WriteLocation(json, "location"u8, isUnknown: false, ref bits);
        json.WriteString("image"u8, $"{ApiRoot}/character/avatar/{statedId}.jpeg");
        WriteEpisodes(json, Randomness.Bits(seed, id, purpose: 1));
        json.WriteString("url"u8, $"{ApiRoot}/character/{statedId}");
        json.WriteString("created"u8, Created(seed, id));
        json.WriteEndObject();
        json.Flush();

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>When a record was created, in the form of the public API.</summary>
    public static string Created(int seed, int id) =>
        FirstCreated.AddMilliseconds(Randomness.Bits(seed, id, purpose: -1) % 200_000_000_000).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'");

    /// <summary>Takes a choice from random bits, which are fewer afterwards.</summary>
    public static string Take(string[] choices, ref ulong bits) => choices[Take(choices.Length, ref bits)];

    /// <summary>Takes a number from 0 up to, but not including, <paramref name="choices"/>.</summary>
    public static int Take(int choices, ref ulong bits)
    {
        (bits, ulong choice) = Math.DivRem(bits, (ulong)choices);
        return (int)choice;
    }

    private static void WriteLocation(Utf8JsonWriter json, ReadOnlySpan<byte> key, bool isUnknown, ref ulong bits)
    {
        json.WriteStartObject(key);
        json.WriteString("name"u8, isUnknown ? "unknown" : Take(Locations, ref bits));
        json.WriteString("url"u8, isUnknown ? "" : $"{ApiRoot}/location/{1 + Take(126, ref bits)}");
        json.WriteEndObject();
    }

    private static void WriteEpisodes(Utf8JsonWriter json, ulong bits)
    {
        int count = Take(100, ref bits) switch
        {
            < 70 => 1,
            < 90 => 2 + Take(3, ref bits),
            < 98 => 5 + Take(6, ref bits),
            _ => 11 + Take(20, ref bits),
        };
        int first = 1 + Take(51 - count, ref bits);

        json.WriteStartArray("episode"u8);
        for (int episode = first; episode < first + count; episode++)
            json.WriteStringValue($"{ApiRoot}/episode/{episode}");
        json.WriteEndArray();
    }
}
