using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>Classifies what PostgreSQL and the way to it can answer. The classes are those of https://www.postgresql.org/docs/current/errcodes-appendix.html.</summary>
internal static class PostgresErrors
{
    private const string IdleInTransactionTimeout = "25P03";
    private const string TransactionTimeout = "25P04";

    /// <summary>What Npgsql throws, without a type or an inner exception of its own, while every host of the connection string is a standby.</summary>
    private const string NoPrimary = "No suitable host was found.";

    /// <summary>The same statement can succeed later: the server is away, restarting, overloaded or a replica, or a lock was in the way.</summary>
    public static bool IsTransient(Exception exception) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction or IdleInTransactionTimeout or TransactionTimeout } => true,
        PostgresException postgres => postgres.SqlState[..2] is "08" or "40" or "53" or "55" or "57" or "58",
        NpgsqlException { InnerException: PostgresException inner } => IsTransient(inner),
        // One per host. The one that is away may be the primary.
        NpgsqlException { InnerException: AggregateException hosts } => hosts.InnerExceptions.Any(IsTransient),
        NpgsqlException npgsql => npgsql.IsTransient || npgsql.Message == NoPrimary,
        IOException or SocketException or TimeoutException => true,
        _ => false,
    };

    /// <summary>The server is a replica, or was told to store nothing. Another one may be the primary by now.</summary>
    public static bool IsReadOnly(Exception exception) => exception is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction };

    /// <summary>The statement took longer than a time limit of the server or of the connection string allows, or somebody cancelled it. Less work may fit.</summary>
    public static bool IsTimeout(Exception exception) => exception switch
    {
        PostgresException postgres => postgres.SqlState is PostgresErrorCodes.QueryCanceled or TransactionTimeout,
        NpgsqlException { InnerException: TimeoutException } => true,
        _ => false,
    };

    /// <summary>What was sent cannot be stored, now or later: a data error, a violated constraint, a value too large, or text that is not Unicode.</summary>
    public static bool IsRejection(Exception exception) => exception switch
    {
        PostgresException postgres => postgres.SqlState[..2] is "22" or "23" or "54",
        EncoderFallbackException => true,
        _ => false,
    };

    /// <summary>One line, without the values that were sent.</summary>
    public static string Describe(Exception exception)
    {
        string problem = exception switch
        {
            PostgresException postgres => $"{postgres.MessageText} (SQLSTATE {postgres.SqlState})",
            AggregateException hosts => string.Join("; ", hosts.InnerExceptions.Select(Describe).Distinct(StringComparer.Ordinal)),
            { InnerException: { } inner } when exception is NpgsqlException => Describe(inner),
            NpgsqlException { Message: NoPrimary } => "none of the hosts accepts writes",
            _ => exception.Message,
        };
        return problem.ReplaceLineEndings(" ");
    }
}
