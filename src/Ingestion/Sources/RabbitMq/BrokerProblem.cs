using System.Net.Sockets;
using System.Security.Authentication;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Ingestion.Sources.RabbitMq;

/// <summary>Classifies what a broker and the way to it can answer, and says in one line what to do about it. Codes: https://www.rabbitmq.com/amqp-0-9-1-reference.</summary>
internal static class BrokerProblem
{
    public const ushort AccessRefused = 403;
    public const ushort NotFound = 404;
    public const ushort PreconditionFailed = 406;
    private const ushort NotAllowed = 530;

    /// <summary>The broker or the way to it failed, or a channel was closed: not a defect of this program.</summary>
    public static bool IsOfBroker(Exception exception) =>
        exception is RabbitMQClientException or IOException or SocketException or TimeoutException or AuthenticationException or ObjectDisposedException or OperationCanceledException
            or ChannelClosedException; // The client's own: what it should send after its connection has ended.

    /// <summary>The reply code of the broker, if it gave one.</summary>
    public static ushort? CodeOf(Exception exception) => ReplyOf(exception)?.ReplyCode;

    /// <summary>The broker has as many connections, channels or queues as somebody allows: one of them may go.</summary>
    public static bool IsLimit(Exception exception) => ReplyOf(exception)?.ReplyText.Contains(" limit ", StringComparison.Ordinal) == true;

    /// <summary>Waiting does not cure it: what to do, or null. With several hosts it must be so at each.</summary>
    public static string? Advise(Exception exception) => exception switch
    {
        AggregateException several => several.InnerExceptions.Select(Advise).DefaultIfEmpty().Aggregate((all, one) => all is null ? null : one),
        AuthenticationFailureException => "correct user and password",
        AuthenticationException => "correct the host, the broker's certificate or RabbitMq:CaCertificate",
        OperationInterruptedException { ShutdownReason: { } reply } => reply.ReplyCode switch
        {
            AccessRefused when !reply.ReplyText.Contains("exclusive", StringComparison.Ordinal) => "correct user and password, or give the user the permissions",
            NotAllowed when !IsLimit(exception) => "correct the virtual host, or give the user access to it",
            _ => null,
        },
        { InnerException: { } inner } => Advise(inner),
        _ => null,
    };

    /// <summary>One line, without secrets.</summary>
    public static string Describe(Exception exception)
    {
        Exception[] all = [.. All(exception)];
        string text = ReplyOf(exception)?.ReplyText ?? (all.FirstOrDefault(e => e is AuthenticationFailureException or AuthenticationException or SocketException) ?? all[^1]).Message;
        return Excerpt.Of(text.TrimEnd('.'));
    }

    /// <summary>What to throw when waiting does not cure it; null when it may.</summary>
    public static IngestionConfigurationException? Explain(Exception exception, RabbitMqAddress address, string? advice = null) =>
        (advice ?? Advise(exception)) is { } known ? new($"{address}: {Describe(exception)}; {known}") : null;

    private static ShutdownEventArgs? ReplyOf(Exception exception) =>
        All(exception).OfType<OperationInterruptedException>().FirstOrDefault(e => e.ShutdownReason is not null)?.ShutdownReason;

    private static IEnumerable<Exception> All(Exception exception)
    {
        IEnumerable<Exception> inner = exception is AggregateException several ? several.InnerExceptions : exception.InnerException is { } one ? [one] : [];
        return inner.SelectMany(All).Prepend(exception);
    }
}
