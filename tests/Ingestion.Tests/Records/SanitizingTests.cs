using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Ingestion.Items;
using Ingestion.Records;
using Microsoft.Extensions.Options;

namespace Ingestion.Tests.Records;

/// <summary>What PostgreSQL cannot store is replaced, and whatever comes, nothing is thrown.</summary>
public sealed class SanitizingTests
{
    private static readonly RecordTransformer Transformer = new(Resources.Character, Options.Create(new TransformOptions()));

    [Theory]
    [InlineData(@"a\u0000b", "a\uFFFDb", true)]
    [InlineData(@"\u0000\u0000", "\uFFFD\uFFFD", true)]
    [InlineData(@"\ud800", "\uFFFD", true)]
    [InlineData(@"\udc00x", "\uFFFDx", true)]
    [InlineData(@"\uD800\uD83D\uDE00", "\uFFFD\U0001F600", true)]
    [InlineData(@"\uD83D\u0041", "\uFFFDA", true)]
    [InlineData(@"\uD83D\n", "\uFFFD\n", true)]
    [InlineData(@"\ud83d\ude00", "\U0001F600", false)]
    [InlineData(@"\\u0000", @"\u0000", false)]
    [InlineData(@"\\\u0000", "\\\uFFFD", true)]
    [InlineData(@"\u0001", "\u0001", false)]
    [InlineData(@"\\", @"\", false)]
    public void What_cannot_be_stored_becomes_the_replacement_character(string escaped, string expected, bool sanitized)
    {
        byte[] body = CharacterJson.Bytes(CharacterJson.Lincler.Replace("Abradolf Lincler", escaped, StringComparison.Ordinal));

        ItemRecord record = Transformer.Transform(7, body).Record!;

        Assert.Equal(sanitized, record.Sanitized);
        Assert.Equal(expected, JsonDocument.Parse(record.Raw).RootElement.GetProperty("name").GetString());
        Assert.Equal(!sanitized, record.Raw.Span.SequenceEqual(body));
    }

    [Fact]
    public void Keys_and_nested_values_are_replaced_too()
    {
        byte[] body = CharacterJson.Bytes("{\"k\\u0000\":[{\"\\uD800\":\"\\U\"}],".Replace("\\U", "\\u0000", StringComparison.Ordinal) + CharacterJson.Lincler[1..]);

        ItemRecord record = Transformer.Transform(7, body).Record!;

        Assert.True(record.Sanitized);
        Assert.StartsWith("{\"k\\ufffd\":[{\"\\ufffd\":\"\\ufffd\"}],", Encoding.UTF8.GetString(record.Raw.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void Random_bytes_are_rejected_and_never_throw() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes => Transformer.Transform(7, bytes) is { Record: null, Rejection.Length: > 0 and <= Excerpt.MaxLength })
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Fact]
    public void A_record_with_random_damage_is_read_or_rejected_and_never_throws()
    {
        byte[] record = CharacterJson.Bytes(CharacterJson.Lincler);
        byte[] favourites = [.. "\"\\{}[],:u0d8\t\0\n"u8, 0xff, 0xc3];
        Gen<(int Position, byte Value, int Cut)> damages =
            from position in Gen.Choose(0, record.Length - 1)
            from value in Gen.OneOf(Gen.Elements(favourites), Gen.Choose(0, 255).Select(value => (byte)value))
            from cut in Gen.Choose(0, 3)
            select (position, value, cut);

        Prop.ForAll(damages.NonEmptyListOf().ToArbitrary(), list =>
        {
            List<byte> damaged = [.. record];
            foreach ((int position, byte value, int cut) in list)
            {
                int at = Math.Min(position, damaged.Count - 1);
                damaged.RemoveRange(at, Math.Min(cut, damaged.Count - at));
                damaged.Insert(at, value);
            }

            TransformResult result = Transformer.Transform(7, damaged.ToArray());
            return result.Record is null ? IsOneShortLine(result.Rejection!) : result.Rejection is null && JsonDocument.Parse(result.Record.Raw).RootElement.GetProperty("id").ToString() == "7";
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3_000));
    }

    private static bool IsOneShortLine(string reason) => reason.Length is > 0 and <= Excerpt.MaxLength && !reason.Any(char.IsControl);
}
