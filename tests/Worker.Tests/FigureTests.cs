using Worker.Reports;

namespace Worker.Tests;

public sealed class FigureTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.3, "0.3")]
    [InlineData(1.119, "1.12")]
    [InlineData(9.996, "10")]
    [InlineData(12.34, "12.3")]
    [InlineData(99.97, "100")]
    [InlineData(512.4, "512")]
    [InlineData(999.7, "1,000")]
    [InlineData(12_345, "12,300")]
    public void A_number_has_at_most_three_significant_digits(double number, string expected) => Assert.Equal(expected, Figure.Of(number));

    [Theory]
    [InlineData(0.042, "42 µs")]
    [InlineData(0.9999, "1 ms")]
    [InlineData(49.04, "49 ms")]
    [InlineData(999.9, "1 s")]
    [InlineData(2_040, "2.04 s")]
    public void A_duration_has_the_unit_that_keeps_it_short(double milliseconds, string expected) =>
        Assert.Equal(expected, Figure.Of(TimeSpan.FromMicroseconds(milliseconds * 1_000)));
}
