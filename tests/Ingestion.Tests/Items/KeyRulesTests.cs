using Ingestion.Items;

namespace Ingestion.Tests.Items;

public sealed class KeyRulesTests
{
    [Theory]
    [InlineData("1")]
    [InlineData("0")]
    [InlineData("-7")]
    [InlineData("9223372036854775807")]
    [InlineData("-9223372036854775808")]
    public void An_integer_key_is_a_number_of_64_bits_as_it_is_written(string text) => Assert.Equal(text, KeyRules.Parse(text, isText: false).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("007")]
    [InlineData("+7")]
    [InlineData("-0")]
    [InlineData("7.0")]
    [InlineData("1e3")]
    [InlineData("1-10")]
    [InlineData(" 7")]
    [InlineData("٧")]
    [InlineData("9223372036854775808")]
    public void Whatever_else_looks_like_a_number_is_none(string text) => Assert.Null(KeyRules.Parse(text, isText: false));

    [Theory]
    [InlineData("AX-0004+é")]
    [InlineData("a/b c%d?e#f")]
    [InlineData("007")]
    [InlineData("...")]
    [InlineData("😀")]
    public void A_text_key_is_any_text_that_fits_into_an_address(string text) => Assert.Equal(text, KeyRules.Parse(text, isText: true)!.Value.Text);

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a\tb")]
    [InlineData("a\u0000")]
    [InlineData("a\u0085")]
    [InlineData("a\ufffd")]
    [InlineData("a\ud800")]
    public void Text_that_an_address_or_the_database_cannot_hold_is_no_key(string text) => Assert.Null(KeyRules.Parse(text, isText: true));

    [Fact]
    public void A_text_key_is_at_most_so_long_in_utf8()
    {
        Assert.NotNull(KeyRules.Parse(new string('é', KeyRules.MaxTextBytes / 2), isText: true));
        Assert.Null(KeyRules.Parse(new string('é', (KeyRules.MaxTextBytes / 2) + 1), isText: true));
        Assert.Null(KeyRules.Parse(new string('a', KeyRules.MaxTextBytes + 1), isText: true));
    }
}
