using System.Text;
using Ingestion.Sources.RabbitMq;
using TestSupport.Time;

namespace Ingestion.Tests.Sources.RabbitMq;

public sealed class HeldMessagesTests
{
    private readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData(1, 1, 32)]
    [InlineData(3, 3, 32)]
    [InlineData(1, 4, 9)]
    [InlineData(2, 40, 3)]
    [InlineData(1, 5_000, 2)]
    [InlineData(1, 0, 32)]
    public void As_many_messages_are_taken_as_have_enough_IDs(int held, long ids, int expected) => Assert.Equal(expected, new Prefetch(32, 32).For(held, ids));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    public void Never_more_than_are_allowed(int allowed, int expected) => Assert.Equal(expected, new Prefetch(allowed, 1_000).For(1, 20));

    [Fact]
    public void What_is_held_too_long_is_known_and_an_idle_session_too()
    {
        HeldMessages held = new(_time);
        _time.Advance(TimeSpan.FromSeconds(5));
        Delivery first = Deliver("1-3"), second;
        Assert.Equal(TimeSpan.FromSeconds(5), held.IdleFor);

        held.Add(first);
        _time.Advance(TimeSpan.FromSeconds(10));
        held.Add(second = Deliver("7"));

        Assert.Equal((2, 4L, TimeSpan.Zero), (held.Messages, held.Ids, held.IdleFor));
        Assert.Equal([first], held.OlderThan(TimeSpan.FromSeconds(10)));
        held.Remove(first);
        held.Remove(first);
        held.Remove(second);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((0, 0L, TimeSpan.FromSeconds(2)), (held.Messages, held.Ids, held.IdleFor));
    }

    [Fact]
    public void A_message_is_settled_with_its_last_item_or_goes_back_without_those_that_are_done()
    {
        Delivery settled = Deliver("1-2"), returned = Deliver("{\"version\":1,\"ids\":\"1-5\",\"job\":\"01a202c5-825d-78f6-ba15-53bff92277af\",\"requested\":9}");

        Assert.False(settled.EndOne(1));
        Assert.False(settled.EndOne(1));
        Assert.True(settled.EndOne(2));
        Assert.False(settled.TryReturn(out _));

        Assert.False(returned.EndOne(2));
        Assert.True(returned.TryReturn(out QueueMessage? left));
        Assert.Equal("1,3-5", left?.Ids?.ToString());
        Assert.Equal(returned.Message?.Job, left?.Job);
        Assert.False(returned.TryReturn(out _));
        Assert.All([1, 3, 4, 5], id => Assert.False(returned.EndOne(id)));
    }

    [Fact]
    public void A_message_that_cannot_be_understood_goes_back_as_it_is()
    {
        Delivery refused = Deliver("seven");

        Assert.True(refused.TryReturn(out QueueMessage? left));
        Assert.Null(left);
        Assert.True(refused.IsReturned);
        Assert.False(refused.EndOne());
        Assert.True(Deliver("eight").EndOne());
    }

    private Delivery Deliver(string body)
    {
        QueueMessage.TryDecode(Encoding.UTF8.GetBytes(body), hasTextKeys: false, out QueueMessage? message, out _);
        return new Delivery(null!, 1, _time.GetTimestamp()) { Message = message };
    }
}
