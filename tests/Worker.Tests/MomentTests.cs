using System.Globalization;
using Worker.Commands;

namespace Worker.Tests;

public sealed class MomentTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 14, 20, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("2026-11-23", "2026-11-23T00:00:00.000Z")]
    [InlineData("2026-11-23T14:20", "2026-11-23T14:20:00.000Z")]
    [InlineData("2026-11-23T14:20:05", "2026-11-23T14:20:05.000Z")]
    [InlineData("2026-11-23T14:20:05Z", "2026-11-23T14:20:05.000Z")]
    [InlineData("2026-11-23T14:20:05.25+01:00", "2026-11-23T13:20:05.250Z")]
    [InlineData("2026-11-23 14:20:05", "2026-11-23T14:20:05.000Z")]
    [InlineData("24h", "2026-11-22T14:20:00.000Z")]
    [InlineData("1d1h30m", "2026-11-22T12:50:00.000Z")]
    public void A_time_is_read_as_UTC_or_as_how_long_ago(string text, string expected) =>
        Assert.Equal(expected, Moment.Parse(text, Now).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("14:20")]
    [InlineData("2026-13-01")]
    [InlineData("23.11.2026")]
    [InlineData("11/23/2026")]
    [InlineData("5")]
    [InlineData("99999999d")]
    public void Anything_else_is_refused_with_a_hint(string text) =>
        Assert.Equal(
            $"'{text}' is not a time; write it as 2026-11-23, 2026-11-23T14:20:00Z, or as how long ago: 24h, 1h30m",
            Assert.Throws<FormatException>(() => Moment.Parse(text, Now)).Message);
}
