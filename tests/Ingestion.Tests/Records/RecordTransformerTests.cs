using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Ingestion.Items;
using Ingestion.Records;
using Microsoft.Extensions.Options;

namespace Ingestion.Tests.Records;

public sealed class RecordTransformerTests
{
    [Fact]
    public void The_raw_record_is_kept_as_it_came_and_hashed()
    {
        byte[] body = CharacterJson.Bytes(CharacterJson.Lincler);
        ItemRecord record = Accept([.. " \r\n\t"u8, .. body, .. "\n "u8]);

        Assert.Equal(body, record.Raw.ToArray());
        Assert.Equal(SHA256.HashData(body), record.ContentHash.ToArray());
        Assert.False(record.Sanitized);
    }

    [Fact]
    public void Unknown_fields_and_another_order_are_fine()
    {
        ItemRecord record = Accept(CharacterJson.With(json =>
        {
            JsonNode? name = json["name"]!.DeepClone();
            json.Remove("name");
            json["new"] = JsonNode.Parse("""{"a":[1,{"b":null}],"c":{"b":true}}""");
            json["name"] = name;
            json["origin"]!["dimension"] = "C-137";
        }));

        Assert.Contains("C-137", Encoding.UTF8.GetString(record.Raw.Span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "the body is empty")]
    [InlineData("  \n ", "the body is empty")]
    [InlineData("<html>", "the body is not JSON: '<' is an invalid start of a value, at byte 0")]
    [InlineData("{\n\"id\":7,\n oops", "the body is not JSON: 'o' is an invalid start of a property name. Expected a '\"', at byte 11")]
    [InlineData("[]", "the body is an array, not an object")]
    [InlineData("\"x\"", "the body is a string, not an object")]
    [InlineData("null", "the body is null, not an object")]
    [InlineData("{}", "'id' is missing")]
    [InlineData("{\"id\":7}", "'created' is missing")]
    [InlineData("{\"id\":\"x\"}", "'id' is a string, not a number")]
    [InlineData("{\"id\":\"07\"}", "'id' is a string, not a number")]
    [InlineData("{\"id\":null}", "'id' is null, not a number")]
    [InlineData("{\"id\":7.5}", "'id' is not an integer an ID can be")]
    [InlineData("{\"id\":7e30}", "'id' is not an integer an ID can be")]
    [InlineData("{\"name\":null}", "'name' is null, not a string")]
    [InlineData("{\"origin\":[]}", "'origin' is an array, not an object")]
    [InlineData("{\"origin\":{\"name\":1}}", "'origin.name' is a number, not a string")]
    [InlineData("{\"location\":{\"name\":\"\"}}", "'location.url' is missing")]
    [InlineData("{\"episode\":{}}", "'episode' is an object, not an array")]
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

    [Fact]
    public void An_id_that_is_written_as_text_is_the_number() =>
        Assert.NotNull(Accept(CharacterJson.With(json => json["id"] = "7")));

    [Theory]
    [InlineData(256, true)]
    [InlineData(257, false)]
    public void A_record_may_be_256_deep(int depth, bool isAccepted)
    {
        string nested = new string('[', depth - 1) + new string(']', depth - 1);

        TransformResult result = Transformer(0).Transform(7, CharacterJson.Bytes("{\"x\":" + nested + "," + CharacterJson.Lincler[1..]));

        Assert.Equal(isAccepted, result.Record is not null);
    }

    [Theory]
    [InlineData("/data", """{"page":1,"data":{"id":7,"a":{"b":[1,"x"]}}}""", """{"id":7,"a":{"b":[1,"x"]}}""")]
    [InlineData("/0", """[{"id":7,"a":{"b":[null,"x"]}},{"id":8}]""", """{"id":7,"a":{"b":[null,"x"]}}""")]
    [InlineData("/a~1b/~0", """{"a/b":{"~":{"id":7,"a":{"b":["","x"]}}}}""", """{"id":7,"a":{"b":["","x"]}}""")]
    public void A_record_is_found_where_the_resource_says(string path, string body, string record) =>
        Assert.Equal(record, Encoding.UTF8.GetString(Enveloped(path).Transform(7, CharacterJson.Bytes(body)).Record!.Raw.Span));

    [Theory]
    [InlineData("{}", "'data' is missing")]
    [InlineData("""{"data":[]}""", "'data' is an array, not an object")]
    [InlineData("""{"data":{"id":7}}""", "'a' is missing")]
    [InlineData("""{"data":{"id":7,"a":{"b":[1]}}}""", "'a.b.1' is missing")]
    [InlineData("""{"data":{"id":7,"a":{"b":[1,2]}}}""", "'a.b.1' is a number, not a string")]
    [InlineData("""{"data":{"id":7,"a":{"b":[1,"x"],"b":[1,"x"]}}}""", "the key 'a.b' comes twice")]
    [InlineData("""{"data":{"id":8,"a":{"b":[1,"x"]}}}""", "the record has id 8, not 7")]
    [InlineData("""{"data":{"id":7,"a":{"b":[1,"x"]}},"data":1}""", "the key 'data' comes twice")]
    public void What_is_missing_is_told_from_the_record_on(string body, string reason) =>
        Assert.Equal(reason, Enveloped("/data").Transform(7, CharacterJson.Bytes(body)).Rejection);

    [Theory]
    [InlineData("""{"id":"a/b ü"}""", null)]
    [InlineData("""{"id":"a\/b \u00fc"}""", null)]
    [InlineData("""{"id":"A/b ü"}""", "the record has id A/b ü, not a/b ü")]
    [InlineData("""{"id":true}""", "'id' is a boolean, not a string")]
    [InlineData("""{"id":7}""", "the record has id 7, not a/b ü")]
    public void A_text_key_is_compared_letter_by_letter(string body, string? rejection)
    {
        Resource texts = Resources.With([("Resource:IdType", "Text"), .. Resources.Character.Columns.Select(column => ("Resource:Columns:" + column.Name, "")), .. NothingRequired]);

        Assert.Equal(rejection, new RecordTransformer(texts, Options.Create(new TransformOptions())).Transform("a/b ü", CharacterJson.Bytes(body)).Rejection);
    }

    [Theory]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(1_000)]
    public void A_key_that_comes_twice_is_found_among_many(int count)
    {
        string keys = string.Join(',', Enumerable.Range(0, count - 1).Select(key => $"\"k{key}\":0"));

        Assert.Equal("the key 'k0' comes twice", Reject(CharacterJson.Bytes("{\"x\":{" + keys + ",\"\\u006b0\":1}}")));
        Assert.NotEqual("the key 'k0' comes twice", Reject(CharacterJson.Bytes("{\"x\":{" + keys + ",\"\\u006b\":1}}")));
    }

    private static (string Key, string Value)[] NothingRequired =>
        [.. global::TestSupport.Settings.ShippedSettings.Resource.Keys.Where(key => key.StartsWith("Resource:Required:", StringComparison.Ordinal)).Select(key => (key, ""))];

    private static RecordTransformer Enveloped(string pointer) => new(
        Resources.With([.. NothingRequired, ("Resource:Record", pointer), ("Resource:Required:/a/b/1", "string"), ("Resource:Required:/a", "object")]), Options.Create(new TransformOptions()));

    private static ItemRecord Accept(byte[] body, int iterations = 0)
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

    private static RecordTransformer Transformer(int iterations) =>
        new(Resources.Character, Options.Create(new TransformOptions { FingerprintIterations = iterations }));
}
