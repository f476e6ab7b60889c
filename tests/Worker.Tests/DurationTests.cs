using Worker.Commands;

namespace Worker.Tests;

public sealed class DurationTests
{
    [Theory]
    [InlineData("2s", 2_000)]
    [InlineData("500ms", 500)]
    [InlineData("0s", 0)]
    [InlineData("1m30s", 90_000)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("1d", 86_400_000)]
    [InlineData("1d2h3m4s5ms", 93_784_005)]
    [InlineData("00:00:02", 2_000)]
    [InlineData("00:00:00.250", 250)]
    [InlineData("1.00:00:00", 86_400_000)]
    public void A_duration_is_understood_as_people_write_it(string text, double milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Duration.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("2 s")]
    [InlineData("s")]
    [InlineData("1s2m")]
    [InlineData("2sec")]
    [InlineData("-2s")]
    [InlineData("1e3s")]
    [InlineData("00:99:00")]
    [InlineData("9999999999d")]
    [InlineData("99999999999999999999999999999999999d")]
    public void Anything_else_is_refused_with_the_text_in_the_message(string text)
    {
        FormatException e = Assert.Throws<FormatException>(() => Duration.Parse(text));
        Assert.Contains($"'{text}'", e.Message, StringComparison.Ordinal);
    }
}
