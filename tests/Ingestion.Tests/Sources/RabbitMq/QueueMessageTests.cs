using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Ingestion.Items;
using Ingestion.Sources.RabbitMq;

namespace Ingestion.Tests.Sources.RabbitMq;

public sealed class QueueMessageTests
{
    [Fact]
    public void What_is_encoded_is_decoded() => Check.One(
        Config.QuickThrowOnFailure,
        Prop.ForAll(
            ArbMap.Default.ArbFor<NonEmptyArray<PositiveInt>>(), ArbMap.Default.ArbFor<Guid>(), ArbMap.Default.ArbFor<PositiveInt>(), (numbers, id, requested) =>
            {
                IdRanges ids = new(numbers.Get.Select(number => new IdRange(number.Get, number.Get)));
                Job job = new(id, requested.Get);
                Assert.True(QueueMessage.TryDecode(new QueueMessage(ids, job).Encode(), out QueueMessage? message, out _));
                Assert.Equal(ids.ToString(), message.Ids.ToString());
                Assert.Equal(job, message.Job);
            }));

    [Fact]
    public void Whatever_comes_is_decoded_or_refused_with_a_line() => Check.One(
        Config.QuickThrowOnFailure,
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<bool>(), (noise, isObject) =>
        {
            byte[] body = isObject ? [(byte)'{', .. noise, (byte)'}'] : noise;
            bool isUnderstood = QueueMessage.TryDecode(body, out QueueMessage? message, out string? problem);
            Assert.Equal(isUnderstood, message is not null);
            Assert.Equal(isUnderstood, problem is null);
            Assert.DoesNotContain('\n', problem ?? "");
        }));

    [Fact]
    public void The_most_IDs_of_a_message_are_no_more_than_a_body_may_have()
    {
        IdRanges ids = new(Enumerable.Range(0, QueueMessage.MaxIds).Select(i => new IdRange(int.MaxValue - (2 * i), int.MaxValue - (2 * i))));

        Assert.InRange(new QueueMessage(ids, new Job(Guid.NewGuid(), long.MaxValue)).Encode().Length, 1, QueueMessage.MaxBytes);
    }

    [Theory]
    [InlineData("7", "7")]
    [InlineData(" 3,1,2\n", "1-3")]
    [InlineData("{\"version\":1,\"ids\":\"1-10,42\"}", "1-10,42")]
    [InlineData(" {\"ids\":\"5\",\"version\":1,\"job\":null,\"from\":\"elsewhere\"}", "5")]
    public void A_list_alone_or_a_message_without_a_job_belongs_to_none(string body, string ids)
    {
        Assert.True(QueueMessage.TryDecode(Encoding.UTF8.GetBytes(body), out QueueMessage? message, out string? problem), problem);

        Assert.Equal(ids, message.Ids.ToString());
        Assert.Null(message.Job);
    }

    [Theory]
    [InlineData("", "the list of IDs is empty")]
    [InlineData("seven", "'seven' at position 1 is neither an ID nor a range")]
    [InlineData("0", "IDs start at 1")]
    [InlineData("{", "begins like JSON")]
    [InlineData("{}", "has no version")]
    [InlineData("{\"version\":2,\"ids\":\"1\"}", "has version 2, only 1 is known")]
    [InlineData("{\"version\":1,\"ids\":[1,2]}", "has no ids")]
    [InlineData("{\"version\":1,\"ids\":\"\\ud800\"}", "neither an ID nor a range")]
    [InlineData("{\"version\":1,\"ids\":\"1\",\"job\":\"\\ud800\"}", "is not a UUID")]
    [InlineData("{\"version\":1,\"ids\":\"1\",\"job\":\"\\udc00aaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa\"}", "is not a UUID")]
    [InlineData("{\"version\":1,\"\\ud800\":\"1\"}", "has no ids")]
    [InlineData("{\"\\udc00\":1,\"ids\":\"1\"}", "has no version")]
    [InlineData("{\"version\":1,\"ids\":\"1\",\"job\":7}", "is not a UUID")]
    [InlineData("1-100000", "asks for 100,000 IDs, at most 5,000")]
    [InlineData("[1,2]", "neither an ID nor a range")]
    public void What_cannot_be_understood_is_refused_with_its_reason(string body, string reason)
    {
        Assert.False(QueueMessage.TryDecode(Encoding.UTF8.GetBytes(body), out _, out string? problem));

        Assert.Contains(reason, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_text_and_bodies_that_are_too_large_are_refused()
    {
        Assert.False(QueueMessage.TryDecode(new byte[] { 0xFF, 0xFE }, out _, out string? problem));
        Assert.Contains("neither JSON nor text", problem, StringComparison.Ordinal);
        Assert.False(QueueMessage.TryDecode(new byte[10_000_000], out _, out problem));
        Assert.Contains("10,000,000 bytes", problem, StringComparison.Ordinal);
    }
}
