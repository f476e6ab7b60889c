using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Ingestion.Items;
using Ingestion.Records;
using Microsoft.Extensions.Options;

namespace Ingestion.Tests.Records;

public sealed class CharacterTransformerTests
{
    [Fact]
    public void A_record_is_read_field_by_field()
    {
        Character character = Accept(CharacterJson.Bytes(CharacterJson.Lincler)).Character;

        Assert.Equal(
            (7, "Abradolf Lincler", "unknown", "Human", "Genetic experiment", "Male"),
            (character.Id, character.Name, character.Status, character.Species, character.Type, character.Gender));
        Assert.Equal(
            ("Earth (Replacement Dimension)", "https://rickandmortyapi.com/api/location/20", "Testicle Monster Dimension", ""),
            (character.OriginName, character.OriginUrl, character.LocationName, character.LocationUrl));
        Assert.Equal(
            ("https://rickandmortyapi.com/api/character/avatar/7.jpeg", "https://rickandmortyapi.com/api/character/7"),
            (character.Image, character.Url));
        Assert.Equal([10, 11], character.EpisodeIds);
        Assert.Equal(new DateTimeOffset(2017, 11, 4, 19, 59, 20, 523, TimeSpan.Zero), character.Created);
    }

    [Fact]
    public void The_raw_record_is_kept_as_it_came_and_hashed()
    {
        byte[] body = CharacterJson.Bytes(CharacterJson.Lincler);
        CharacterRecord record = Accept([.. " \r\n\t"u8, .. body, .. "\n "u8]);

        Assert.Equal(body, record.Raw.ToArray());
        Assert.Equal(SHA256.HashData(body), record.ContentHash.ToArray());
        Assert.False(record.Sanitized);
    }

    [Fact]
    public void Unknown_fields_and_another_order_are_fine()
    {
        CharacterRecord record = Accept(CharacterJson.With(json =>
        {
            JsonNode? name = json["name"]!.DeepClone();
            json.Remove("name");
            json["new"] = JsonNode.Parse("""{"a":[1,{"b":null}],"c":{"b":true}}""");
            json["name"] = name;
            json["origin"]!["dimension"] = "C-137";
        }));

        Assert.Equal("Abradolf Lincler", record.Character.Name);
        Assert.Contains("C-137", Encoding.UTF8.GetString(record.Raw.Span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2017-11-04T18:48:46.250Z", "2017-11-04T18:48:46.2500000+00:00")]
    [InlineData("2017-11-04T18:48:46+02:00", "2017-11-04T16:48:46.0000000+00:00")]
    [InlineData("2017-11-04T18:48:46", "2017-11-04T18:48:46.0000000+00:00")]
    [InlineData("2017-11-04", "2017-11-04T00:00:00.0000000+00:00")]
    public void Times_become_utc(string created, string expected) =>
        Assert.Equal(expected, Accept(CharacterJson.With(json => json["created"] = created)).Character.Created.ToString("O"));

    [Theory]
    [InlineData("", "the body is empty")]
    [InlineData("  \n ", "the body is empty")]
    [InlineData("<html>", "the body is not JSON: '<' is an invalid start of a value, at byte 0")]
    [InlineData("{\n\"id\":7,\n oops", "the body is not JSON: 'o' is an invalid start of a property name. Expected a '\"', at byte 11")]
    [InlineData("[]", "the body is an array, not an object")]
    [InlineData("\"x\"", "the body is a string, not an object")]
    [InlineData("null", "the body is null, not an object")]
    [InlineData("{}", "'id' is missing")]
    [InlineData("{\"id\":7}", "'name' is missing")]
    [InlineData("{\"id\":\"7\"}", "'id' is a string, not a number")]
    [InlineData("{\"id\":7.5}", "'id' is not an integer an ID can be")]
    [InlineData("{\"id\":7e30}", "'id' is not an integer an ID can be")]
    [InlineData("{\"name\":null}", "'name' is null, not a string")]
    [InlineData("{\"origin\":[]}", "'origin' is an array, not an object")]
    [InlineData("{\"origin\":{\"name\":1}}", "'origin.name' is a number, not a string")]
    [InlineData("{\"location\":{\"name\":\"\"}}", "'location.url' is missing")]
    [InlineData("{\"episode\":{}}", "'episode' is an object, not an array")]
    [InlineData("{\"episode\":[1]}", "'episode' contains a number, not only URLs")]
    [InlineData("{\"episode\":[\"28\"]}", "'episode' contains something that is not a URL ending with an episode's number")]
    [InlineData("{\"episode\":[\"http://x/episode/\"]}", "'episode' contains something that is not a URL")]
    [InlineData("{\"episode\":[\"http://x/episode/-1\"]}", "'episode' contains something that is not a URL")]
    [InlineData("{\"episode\":[\"http://x/episode/1x\"]}", "'episode' contains something that is not a URL")]
    [InlineData("{\"created\":\"yesterday\"}", "'created' is not an ISO 8601 time")]
    [InlineData("{\"id\":7,\"id\":7}", "the key 'id' comes twice")]
    [InlineData("{\"id\":7,\"\\u0069d\":7}", "the key 'id' comes twice")]
    [InlineData("{\"x\":7,\"x\":7}", "the key 'x' comes twice")]
    [InlineData("{\"x\":[{\"y\":1,\"y\":2}]}", "the key 'y' comes twice")]
    [InlineData("{\"origin\":{\"url\":\"\",\"url\":\"\"}}", "the key 'origin.url' comes twice")]
    [InlineData("{\"x\":1,}", "the body is not JSON: ")]
    [InlineData("{\"x\":/*1*/1}", "the body is not JSON: ")]
    public void Anything_else_is_rejected_with_one_sentence(string body, string reason) =>
        Assert.StartsWith(reason, Reject(CharacterJson.Bytes(body)), StringComparison.Ordinal);

    [Theory]
    [InlineData("id")]
    [InlineData("name")]
    [InlineData("status")]
    [InlineData("species")]
    [InlineData("type")]
    [InlineData("gender")]
    [InlineData("origin")]
    [InlineData("location")]
    [InlineData("image")]
    [InlineData("episode")]
    [InlineData("url")]
    [InlineData("created")]
    public void Every_field_is_required(string field)
    {
        Assert.Equal($"'{field}' is missing", Reject(CharacterJson.With(json => json.Remove(field))));
        Assert.StartsWith($"'{field}' is a boolean, not ", Reject(CharacterJson.With(json => json[field] = true)), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_id_than_the_one_asked_for_is_rejected() =>
        Assert.Equal("the record has id 8, not 7", Reject(CharacterJson.With(json => json["id"] = 8)));

    [Fact]
    public void Anything_behind_the_record_is_rejected() =>
        Assert.StartsWith("the body is not JSON: '{' is invalid after a single JSON value",
            Reject(CharacterJson.Bytes(CharacterJson.Lincler + "{}")), StringComparison.Ordinal);

    [Fact]
    public void Invalid_utf8_is_rejected_even_in_fields_nobody_reads() =>
        Assert.Equal("the body is not JSON: it is not valid UTF-8", Reject([.. "{\"x\":\""u8, 0xff, .. "\"}"u8]));

    [Fact]
    public void Nesting_is_limited() =>
        Assert.StartsWith("the body is not JSON: ", Reject(CharacterJson.Bytes("{\"x\":" + new string('[', 100_000))), StringComparison.Ordinal);

    [Fact]
    public void A_reason_is_short_and_prints_on_one_line()
    {
        string reason = Reject(CharacterJson.Bytes($"{{\"a\\n\\u001b{new string('b', 5_000)}\":1,\"a\\n\\u001b{new string('b', 5_000)}\":1}}"));

        Assert.InRange(reason.Length, 1, Excerpt.MaxLength);
        Assert.DoesNotContain(reason, char.IsControl);
    }

    [Fact]
    public void A_fingerprint_with_iterations_differs_from_the_plain_hash_and_is_stable()
    {
        byte[] body = CharacterJson.Bytes(CharacterJson.Lincler);
        byte[] hash = Accept(body, iterations: 2).ContentHash.ToArray();

        Assert.Equal(Fingerprint.Length, hash.Length);
        Assert.NotEqual(SHA256.HashData(body), hash);
        Assert.Equal(hash, Accept(body, iterations: 2).ContentHash.ToArray());
        Assert.NotEqual(hash, Accept(body, iterations: 3).ContentHash.ToArray());
        Assert.NotEqual(hash, Accept([.. body[..^1], .. ",\"x\":1}"u8], iterations: 2).ContentHash.ToArray());
    }

    private static CharacterRecord Accept(byte[] body, int iterations = 0)
    {
        TransformResult result = Transformer(iterations).Transform(7, body);
        Assert.Null(result.Rejection);
        return result.Record!;
    }

    private static string Reject(byte[] body)
    {
        TransformResult result = Transformer(0).Transform(7, body);
        Assert.Null(result.Record);
        return result.Rejection!;
    }

    private static CharacterTransformer Transformer(int iterations) =>
        new(Options.Create(new TransformOptions { FingerprintIterations = iterations }));
}
