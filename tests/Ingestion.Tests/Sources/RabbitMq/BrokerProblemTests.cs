using System.Net.Sockets;
using System.Security.Authentication;
using Ingestion.Sources.RabbitMq;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Ingestion.Tests.Sources.RabbitMq;

/// <summary>What a broker says is waited for, or told with what to do about it.</summary>
public sealed class BrokerProblemTests
{
    [Theory]
    [InlineData(530, "NOT_ALLOWED - access to vhost '/' refused for user 'guest': connection limit (1) is reached")]
    [InlineData(530, "NOT_ALLOWED - access to vhost '/' refused for user 'guest': user connection limit (1) is reached")]
    [InlineData(530, "NOT_ALLOWED - number of channels opened for user 'guest' has reached the maximum allowed user limit of (1)")]
    [InlineData(403, "ACCESS_REFUSED - queue 'work' in vhost '/' in exclusive use")]
    [InlineData(320, "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'")]
    [InlineData(541, "INTERNAL_ERROR - access to vhost '/' refused for user 'guest': vhost '/' is down")]
    public void What_may_pass_is_waited_for(ushort code, string text) => Assert.Null(BrokerProblem.Advise(Reply(code, text)));

    [Theory]
    [InlineData(530, "NOT_ALLOWED - vhost none not found", "correct the virtual host")]
    [InlineData(530, "NOT_ALLOWED - access to vhost '/' refused for user 'guest'", "correct the virtual host")]
    [InlineData(403, "ACCESS_REFUSED - access to queue 'work' in vhost '/' refused for user 'guest'", "give the user the permissions")]
    public void What_does_not_pass_is_told_with_a_remedy(ushort code, string text, string expected) =>
        Assert.Contains(expected, BrokerProblem.Advise(Reply(code, text)), StringComparison.Ordinal);

    [Fact]
    public void Of_several_hosts_one_that_may_come_back_is_enough_to_wait()
    {
        Exception refused = new AuthenticationException("untrusted"), away = new SocketException((int)SocketError.ConnectionRefused);

        Assert.NotNull(BrokerProblem.Advise(new BrokerUnreachableException(new AggregateException(refused, refused))));
        Assert.Null(BrokerProblem.Advise(new BrokerUnreachableException(new AggregateException(refused, away))));
        Assert.Null(BrokerProblem.Advise(new BrokerUnreachableException(new AggregateException(away))));
    }

    private static OperationInterruptedException Reply(ushort code, string text) => new(new ShutdownEventArgs(ShutdownInitiator.Peer, code, text));
}
