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
                Assert.True(QueueMessage.TryDecode(new QueueMessage(ids, job).Encode(), hasTextKeys: false, out QueueMessage? message, out _));
                Assert.Equal(ids.ToString(), message.Ids?.ToString());
                Assert.Equal(job, message.Job);
            }));

    [Fact]
    public void Text_that_is_encoded_is_decoded_whatever_it_is() => Check.One(
        Config.QuickThrowOnFailure,
        Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyArray<string>>(), ArbMap.Default.ArbFor<Guid>(), (texts, id) =>
        {
            // Halves of surrogate pairs cannot be sent, and what is no key is refused.
            string[] keys = [.. texts.Get.Select(text => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text ?? ""))).Where(text => KeyRules.FindProblem(text, isText: true) is null).Append("\"é\u2028/\\").Distinct(StringComparer.Ordinal)];
            QueueMessage sent = new(Ids: null, new Job(id, keys.Length)) { Texts = keys };
            Assert.True(QueueMessage.TryDecode(sent.Encode(), hasTextKeys: true, out QueueMessage? message, out string? problem), problem);
            Assert.Equal(keys.Select(key => new ItemKey(key)), message.Keys);
            Assert.Equal(sent.Job, message.Job);
        }));

    [Fact]
    public void Integers_are_sent_as_older_workers_read_them() => Assert.Equal(
        """{"version":1,"job":"01a202c5-825d-78f6-ba15-53bff92277af","requested":3,"ids":"1-2,9"}""",
        Encoding.UTF8.GetString(QueueMessage.Of([9, 1, 2], new Job(Guid.Parse("01a202c5-825d-78f6-ba15-53bff92277af"), 3)).Encode()));

    [Fact]
    public void Texts_are_sent_in_version_2() => Assert.Equal(
        """{"version":2,"ids":["B 7/2","é"]}""", Encoding.UTF8.GetString(QueueMessage.Of(["B 7/2", "é", "B 7/2"], job: null).Encode()));

    [Fact]
    public void Whatever_comes_is_decoded_or_refused_with_a_line() => Check.One(
        Config.QuickThrowOnFailure,
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<bool>(), (noise, isObject) =>
        {
            byte[] body = isObject ? [(byte)'{', .. noise, (byte)'}'] : noise;
            bool isUnderstood = QueueMessage.TryDecode(body, hasTextKeys: body.Length % 2 == 0, out QueueMessage? message, out string? problem);
            Assert.Equal(isUnderstood, message is not null);
            Assert.Equal(isUnderstood, problem is null);
            Assert.DoesNotContain('\n', problem ?? "");
        }));

    [Fact]
    public void The_most_IDs_of_a_message_are_no_more_than_a_body_may_have()
    {
        IdRanges ids = new(Enumerable.Range(0, QueueMessage.MaxIds).Select(i => new IdRange(long.MaxValue - (2 * i), long.MaxValue - (2 * i))));

        Assert.InRange(new QueueMessage(ids, new Job(Guid.NewGuid(), long.MaxValue)).Encode().Length, 1, QueueMessage.MaxBytes);
    }

    [Theory]
    [InlineData("7", "7")]
    [InlineData(" 3,1,2\n", "1-3")]
    [InlineData("{\"version\":1,\"ids\":\"1-10,42\"}", "1-10,42")]
    [InlineData(" {\"ids\":\"5\",\"version\":1,\"job\":null,\"from\":\"elsewhere\"}", "5")]
    [InlineData("[7, 8]", "7-8")]
    [InlineData("{\"version\":2,\"ids\":[9, 7]}", "7,9")]
    [InlineData("{\"version\":2,\"ids\":\"7-9\"}", "7-9")]
    public void A_list_alone_or_a_message_without_a_job_belongs_to_none(string body, string ids)
    {
        Assert.True(QueueMessage.TryDecode(Encoding.UTF8.GetBytes(body), hasTextKeys: false, out QueueMessage? message, out string? problem), problem);

        Assert.Equal(ids, message.Ids?.ToString());
        Assert.Null(message.Job);
    }

    [Theory]
    [InlineData("\"a\"", "a")]
    [InlineData(" [\"a\", \"b/2\", \"a\"]", "a|b/2")]
    [InlineData("{\"version\":2,\"ids\":[\"7\"]}", "7")]
    public void Texts_are_read_as_JSON(string body, string keys)
    {
        Assert.True(QueueMessage.TryDecode(Encoding.UTF8.GetBytes(body), hasTextKeys: true, out QueueMessage? message, out string? problem), problem);

        Assert.Equal(keys, string.Join('|', message.Keys));
        Assert.Equal(keys.Split('|').Length, message.Count);
    }

    [Theory]
    [InlineData("7", true, "asks for the integer 7, but Resource:IdType is Text: send IDs as JSON strings")]
    [InlineData("{\"version\":1,\"ids\":\"1-10\"}", true, "asks for the integer 1, but Resource:IdType is Text")]
    [InlineData("[7]", true, "asks for the integer 7, but Resource:IdType is Text")]
    [InlineData("\"7\"", false, "asks for the text '7', but Resource:IdType is Integer")]
    [InlineData("{\"version\":2,\"ids\":[\"a\",\"b\"]}", false, "asks for the text 'a', but Resource:IdType is Integer")]
    public void IDs_of_the_other_kind_are_refused(string body, bool hasTextKeys, string reason)
    {
        Assert.False(QueueMessage.TryDecode(Encoding.UTF8.GetBytes(body), hasTextKeys, out QueueMessage? message, out string? problem));

        Assert.Null(message);
        Assert.Contains(reason, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "the list of IDs is empty")]
    [InlineData("seven", "'seven' at position 1 is neither an ID nor a range")]
    [InlineData("0", "IDs start at 1")]
    [InlineData("{", "begins like JSON")]
    [InlineData("{}", "has no version")]
    [InlineData("{\"version\":3,\"ids\":\"1\"}", "has version 3, only 1 and 2 are known")]
    [InlineData("{\"version\":2,\"ids\":7}", "has no ids, as an array of IDs")]
    [InlineData("{\"version\":2,\"ids\":[]}", "the list of IDs is empty")]
    [InlineData("[1,\"a\"]", "asks for integers and for texts")]
    [InlineData("[\"a\",\" \"]", "' ' is not an ID")]
    [InlineData("[0]", "'0' is not an ID; allowed are integers from 1 to 9223372036854775807, and texts")]
    [InlineData("[1.5]", "'1.5' is not an ID")]
    [InlineData("[[1]]", "'[1]' is not an ID")]
    [InlineData("[null]", "'null' is not an ID")]
    [InlineData("{\"version\":1,\"ids\":[1,2]}", "has no ids")]
    [InlineData("{\"version\":1,\"ids\":\"\\ud800\"}", "neither an ID nor a range")]
    [InlineData("{\"version\":1,\"ids\":\"1\",\"job\":\"\\ud800\"}", "is not a UUID")]
    [InlineData("{\"version\":1,\"ids\":\"1\",\"job\":\"\\udc00aaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa\"}", "is not a UUID")]
    [InlineData("{\"version\":1,\"\\ud800\":\"1\"}", "has no ids")]
    [InlineData("{\"\\udc00\":1,\"ids\":\"1\"}", "has no version")]
    [InlineData("{\"version\":1,\"ids\":\"1\",\"job\":7}", "is not a UUID")]
    [InlineData("1-100000", "asks for 100,000 IDs, at most 5,000")]
    public void What_cannot_be_understood_is_refused_with_its_reason(string body, string reason)
    {
        Assert.False(QueueMessage.TryDecode(Encoding.UTF8.GetBytes(body), hasTextKeys: false, out _, out string? problem));

        Assert.Contains(reason, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_text_and_bodies_that_are_too_large_are_refused()
    {
        Assert.False(QueueMessage.TryDecode(new byte[] { 0xFF, 0xFE }, hasTextKeys: false, out _, out string? problem));
        Assert.Contains("neither JSON nor text", problem, StringComparison.Ordinal);
        Assert.False(QueueMessage.TryDecode(new byte[10_000_000], hasTextKeys: false, out _, out problem));
        Assert.Contains("10,000,000 bytes", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_that_could_not_be_sent_again_are_refused_and_long_ones_too()
    {
        string list = $"[{string.Join(',', Enumerable.Range(0, 130).Select(i => $"\"{new string('x', 1_000)}{i:000}\""))}]";
        Assert.InRange(list.Length, QueueMessage.MaxBytes - 1_000, QueueMessage.MaxBytes - 100);
        Assert.True(QueueMessage.TryDecode(Encoding.UTF8.GetBytes(list), hasTextKeys: true, out QueueMessage? message, out _));
        Assert.InRange(message.Encode().Length, 1, QueueMessage.MaxBytes);

        string full = $"{list[..^1]},\"{new string('y', QueueMessage.MaxBytes - list.Length - 3)}\"]";
        Assert.False(QueueMessage.TryDecode(Encoding.UTF8.GetBytes(full), hasTextKeys: true, out _, out string? problem));
        Assert.Contains("take more than 131,072 bytes", problem, StringComparison.Ordinal);
        Assert.False(QueueMessage.TryDecode(Encoding.UTF8.GetBytes($"\"{new string('é', 1_001)}\""), hasTextKeys: true, out _, out problem));
        Assert.Contains("is not an ID; an ID is text of at most 2000 bytes", problem, StringComparison.Ordinal);
    }
}
