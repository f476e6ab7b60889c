using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Ingestion.Items;
using Ingestion.Records;
using Ingestion.Storage;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>Made-up entries for the writer.</summary>
internal static class Entries
{
    public static OutcomeEntry Found(int id, string name = "Rick", string? raw = null, Activity? trace = null, string? entityTag = null)
    {
        string json = raw ?? $$"""{"id":{{id}},"name":"{{name}}","episode":["https://example.test/episode/1","https://example.test/episode/2"],"padding":"{{new string('x', 400)}}"}""";
        var character = new Character(
            id, name, "Alive", "Human", "", "Male", "Earth", "https://example.test/location/1", "Citadel", "https://example.test/location/3",
            $"https://example.test/avatar/{id}.jpeg", [.. Enumerable.Range(1, id % 4)], $"https://example.test/character/{id}", new DateTimeOffset(2017, 11, 4, 18, 48, 46, TimeSpan.Zero));
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        return new OutcomeEntry
        {
            Key = id,
            Attempts = 1,
            Record = new CharacterRecord(character, bytes, SHA256.HashData(bytes), Sanitized: false),
            EntityTag = entityTag,
            Trace = trace,
        };
    }

    public static OutcomeEntry NotFound(int id) => new() { Key = id, Attempts = 2, OutcomeWithoutRecord = Outcome.NotFound };

    public static OutcomeEntry NotModified(int id) => new() { Key = id, Attempts = 1, OutcomeWithoutRecord = Outcome.Unchanged };

    public static OutcomeEntry Failed(int id, string error = "HTTP 500") => new() { Key = id, Attempts = 5, OutcomeWithoutRecord = Outcome.Failed, Error = error };

    public static OutcomeEntry[] FoundRange(int first, int count) => [.. Enumerable.Range(first, count).Select(id => Found(id))];
}
