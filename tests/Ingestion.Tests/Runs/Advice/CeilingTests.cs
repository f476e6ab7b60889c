using Ingestion.Runs.Advice;

namespace Ingestion.Tests.Runs.Advice;

public sealed class CeilingTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(12.01, 13)]
    [InlineData(100, 100)]
    [InlineData(101, 110)]
    [InlineData(4_137, 4_200)]
    public void A_degree_is_rounded_up_to_two_digits(double number, int expected) => Assert.Equal(expected, Ceiling.RoundUp(number));
}
