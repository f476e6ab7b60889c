using Ingestion.Items;

namespace Ingestion.Tests.Items;

public sealed class KeyListTests
{
    [Theory]
    [InlineData("3,1-2, 2", false, "1|2|3")]
    [InlineData("A-100, B 7/2 ,A-100,7", true, "A-100|B 7/2|7")]
    [InlineData(""" ["a,b", " c"] """, true, "a,b| c")]
    public void Keys_are_written_in_one_text(string text, bool isText, string expected)
    {
        IReadOnlyList<ItemKey>? keys = KeyList.Parse(text, isText, out string? error);

        Assert.Null(error);
        Assert.Equal(expected.Split('|'), keys!.Select(key => key.ToString()));
        Assert.All(keys!, key => Assert.Equal(isText, key.Text is not null));
    }

    [Theory]
    [InlineData("a", false, "'a' at position 1 is neither an ID nor a range")]
    [InlineData("1-200000", false, "has 200,000 IDs; at most 100,000 are allowed")]
    [InlineData("a,,b", true, "'' is not an ID; an ID is text")]
    [InlineData("[1,2]", true, "is neither texts with commas between them nor a JSON array of strings")]
    [InlineData("[\"a\"", true, "is neither texts with commas between them nor a JSON array of strings")]
    [InlineData("[]", true, "is neither texts with commas between them nor a JSON array of strings")]
    public void What_is_no_key_is_named(string text, bool isText, string expected)
    {
        Assert.Null(KeyList.Parse(text, isText, out string? error));
        Assert.StartsWith(expected, error, StringComparison.Ordinal);
    }
}
