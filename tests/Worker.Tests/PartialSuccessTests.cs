using Worker.Hosting;

namespace Worker.Tests;

public sealed class PartialSuccessTests
{
    [Theory]
    [InlineData("", 0, "")]
    [InlineData("0A00", 0, "")]
    [InlineData("0A 02 0803", 3, "")]
    [InlineData("0A 09 0803 1205 6C61746572", 3, "later")]
    [InlineData("0A 09 0803 1205 6C61746572 12017A", 3, "later")]
    [InlineData("0A 05 0803 1205 6C", 3, "")]
    [InlineData("0A 07 1205 6C61746572", 0, "")]
    [InlineData("0A 03 08AC02", 300, "")]
    [InlineData("0A 06 08FFFFFFFF7F", int.MaxValue, "")]
    public void The_number_and_the_reason_of_what_was_rejected_are_read(string answer, int rejected, string reason) =>
        Assert.Equal((rejected, reason), PartialSuccess.Read(Convert.FromHexString(answer.Replace(" ", "", StringComparison.Ordinal))));

    [Theory]
    [InlineData("0A")]
    [InlineData("0A FF")]
    [InlineData("0A 02 08")]
    [InlineData("0A 02 08FF")]
    [InlineData("0A FFFFFFFFFFFFFFFFFFFF01")]
    [InlineData("0A 0C 08FFFFFFFFFFFFFFFFFFFF01")]
    [InlineData("0D 00000000 0A020803")]
    [InlineData("3C68746D6C3E")]
    public void An_answer_that_cannot_be_read_rejects_nothing(string answer) =>
        Assert.Equal((0, ""), PartialSuccess.Read(Convert.FromHexString(answer.Replace(" ", "", StringComparison.Ordinal))));

    [Fact]
    public void Whatever_comes_is_read_without_an_exception()
    {
        Random random = new(1);
        byte[] answer = new byte[24];
        for (int i = 0; i < 100_000; i++)
        {
            random.NextBytes(answer);
            answer[0] = 0x0A;
            answer[1] &= 0x1F;
            Assert.True(PartialSuccess.Read(answer.AsSpan(0, random.Next(answer.Length))).Rejected >= 0);
        }
    }
}
