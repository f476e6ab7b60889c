using System.Net.Sockets;
using System.Security.Authentication;
using Ingestion.Characters;
using Ingestion.Configuration;
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
        exception is BrokerUnreachableException or OperationInterruptedException or AlreadyClosedException or RabbitMQClientException or IOException or SocketException
            or TimeoutException or AuthenticationException or ObjectDisposedException or OperationCanceledException;

    /// <summary>The reply code of the broker, if it gave one.</summary>
    public static ushort? CodeOf(Exception exception) =>
        All(exception).OfType<OperationInterruptedException>().FirstOrDefault(e => e.ShutdownReason is not null)?.ShutdownReason!.ReplyCode;

    /// <summary>Waiting does not cure it: what to do, or null.</summary>
    public static string? Advise(Exception exception)
    {
        if (All(exception).Any(e => e is AuthenticationFailureException))
            return "correct user and password";
        if (All(exception).Any(e => e is AuthenticationException))
            return "correct the host, the broker's certificate or RabbitMq:CaCertificate";

        return CodeOf(exception) switch
        {
            AccessRefused => "correct user and password, or give the user the permissions",
            NotAllowed => "correct the virtual host, or give the user access to it",
            _ => null,
        };
    }

    /// <summary>One line, without secrets.</summary>
    public static string Describe(Exception exception)
    {
        Exception[] all = [.. All(exception)];
        string text = all.OfType<OperationInterruptedException>().FirstOrDefault(e => e.ShutdownReason is not null)?.ShutdownReason!.ReplyText
            ?? (all.FirstOrDefault(e => e is AuthenticationFailureException or AuthenticationException or SocketException) ?? all[^1]).Message;
        return Excerpt.Of(text.TrimEnd('.'));
    }

    public static IngestionConfigurationException Explain(Exception exception, RabbitMqAddress address, string advice) =>
        new($"{address}: {Describe(exception)}; {advice}");

    private static IEnumerable<Exception> All(Exception exception)
    {
        yield return exception;
        IEnumerable<Exception> inner = exception is AggregateException several ? several.InnerExceptions : exception.InnerException is { } one ? [one] : [];
        foreach (Exception below in inner.SelectMany(All))
            yield return below;
    }
}
