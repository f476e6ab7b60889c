using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ingestion.Items;
using Ingestion.Records;
using Ingestion.Storage;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>Made-up entries for the writer.</summary>
internal static class Entries
{
    public static OutcomeEntry Found(ItemKey id, string name = "Rick", string? raw = null, Activity? trace = null, string? entityTag = null, DateTimeOffset? fetchedAt = null)
    {
        string key = JsonEncodedText.Encode(id.ToString()).ToString();
        string json = raw ?? $$"""{"id":"{{key}}","name":"{{name}}","status":"Alive","species":"Human","type":"","gender":"Male","origin":{"name":"Earth","url":"https://example.test/location/1"},"location":{"name":"Citadel","url":"https://example.test/location/3"},"image":"https://example.test/avatar/{{key}}.jpeg","episode":[{{string.Join(',', Enumerable.Range(1, id.Text is null ? (int)(id.Number % 4) : 2).Select(episode => $"\"https://example.test/episode/{episode}\""))}}],"url":"https://example.test/character/{{key}}","created":"2017-11-04T18:48:46Z","padding":"{{new string('x', 400)}}"}""";
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        return new OutcomeEntry
        {
            Key = id,
            Attempts = 1,
            Record = new ItemRecord(bytes, SHA256.HashData(bytes), Sanitized: false),
            EntityTag = entityTag,
            FetchedAt = fetchedAt ?? TimeProvider.System.GetUtcNow(),
            Trace = trace,
        };
    }

    public static OutcomeEntry NotFound(ItemKey id) => new() { Key = id, Attempts = 2, OutcomeWithoutRecord = Outcome.NotFound };

    public static OutcomeEntry NotModified(ItemKey id) => new() { Key = id, Attempts = 1, OutcomeWithoutRecord = Outcome.Unchanged };

    public static OutcomeEntry Failed(ItemKey id, string error = "HTTP 500") => new() { Key = id, Attempts = 5, OutcomeWithoutRecord = Outcome.Failed, Error = error };

    public static OutcomeEntry[] FoundRange(int first, int count) => [.. Enumerable.Range(first, count).Select(id => Found(id))];
}
