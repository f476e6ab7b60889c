using Ingestion.Items;

namespace Ingestion.Tests.Items;

/// <summary>Whatever is quoted from elsewhere can neither colour, break nor turn around the line it stands in.</summary>
public sealed class ExcerptTests
{
    [Theory]
    [InlineData("plain Ünïcödé 東京 🙂", "plain Ünïcödé 東京 🙂")]
    [InlineData("a\r\nb", "a  b")]
    [InlineData("\e[31mred\e[0m", " [31mred [0m")]
    [InlineData("\u009b31m\u0085\u007f\b\t", " 31m    ")]
    [InlineData("\u202egnp.exe\u2066\u200f\ufeff", " gnp.exe   ")]
    [InlineData("a\u2028b\u2029c\0", "a b c ")]
    public void What_would_not_print_stands_as_a_space(string text, string expected) => Assert.Equal(expected, Excerpt.Of(text));

    [Fact]
    public void A_long_text_is_cut_and_says_so_and_halves_of_a_character_are_replaced()
    {
        Assert.Equal(new string('x', Excerpt.MaxLength), Excerpt.Of(new string('x', Excerpt.MaxLength)));
        Assert.Equal(new string('x', Excerpt.MaxLength - 1) + "…", Excerpt.Of(new string('x', 1_000_000)));
        Assert.Equal("x\ufffdy", Excerpt.Of("x\ud800y"));
        Assert.Equal("x\ufffd…", Excerpt.Of("x🙂yz", maxLength: 3));
    }
}
