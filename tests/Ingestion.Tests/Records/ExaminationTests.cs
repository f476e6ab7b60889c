using System.Text;
using Ingestion.Records;
using Microsoft.Extensions.Options;

namespace Ingestion.Tests.Records;

/// <summary>For a person, everything that is wrong with a record is told at once.</summary>
public sealed class ExaminationTests
{
    private static readonly (string, string)[] Envelope = [("Resource:Record", "/data"), ("Resource:Required:/name", "string"), ("Resource:Required:/origin/name", "string")];

    [Fact]
    public void A_record_that_is_right_has_no_problems()
    {
        byte[] body = CharacterJson.Bytes(CharacterJson.Lincler);

        (ReadOnlyMemory<byte> record, IReadOnlyList<string> problems) = Examine(body);

        Assert.Equal(body, record.ToArray());
        Assert.Empty(problems);
    }

    [Fact]
    public void All_that_is_missing_or_of_another_type_is_told_and_another_ID_too()
    {
        (ReadOnlyMemory<byte> record, IReadOnlyList<string> problems) = Examine(CharacterJson.With(json =>
        {
            json["id"] = 8;
            json.Remove("name");
            json["status"] = 1;
            json["origin"]!.AsObject().Remove("url");
            json["episode"] = "none";
        }));

        Assert.StartsWith("{", Encoding.UTF8.GetString(record.Span), StringComparison.Ordinal);
        Assert.Equal(
            ["'episode' is a string, not an array", "'name' is missing", "'origin.url' is missing", "'status' is a number, not a string", "the record has id 8, not 7"],
            problems.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("{\"data\":{\"id\":7}}", "{\"id\":7}")]
    [InlineData("{\"data\":{\"id\":7,\"x\":1,\"x\":2},\"more\":[]}", "{\"id\":7,\"x\":1,\"x\":2}")]
    [InlineData("{\"item\":{\"id\":7}}", "")]
    [InlineData("[]", "")]
    [InlineData("<html>", "")]
    [InlineData("", "")]
    public void The_record_is_shown_where_it_can_be_found(string body, string expected)
    {
        (ReadOnlyMemory<byte> record, IReadOnlyList<string> problems) = Examine(Encoding.UTF8.GetBytes(body), Envelope);

        Assert.Equal(expected, Encoding.UTF8.GetString(record.Span));
        Assert.NotEmpty(problems);
    }

    [Fact]
    public void Text_that_is_not_UTF8_has_one_problem() => Assert.Equal(["the body is not JSON: it is not valid UTF-8"], Examine([(byte)'"', 0xFF, (byte)'"']).Problems);

    private static (ReadOnlyMemory<byte> Record, IReadOnlyList<string> Problems) Examine(byte[] body, params (string, string)[] changes) =>
        new RecordTransformer(changes.Length == 0 ? Resources.Character : Resources.With(changes), Options.Create(new TransformOptions())).Examine(7, body);
}
