using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>Classifies what PostgreSQL and the way to it can answer. The classes are those of https://www.postgresql.org/docs/current/errcodes-appendix.html.</summary>
internal static class PostgresErrors
{
    /// <summary>The same statement can succeed later: the server is away, restarting, overloaded or a replica, or a lock was in the way.</summary>
    public static bool IsTransient(Exception exception) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => true,
        PostgresException postgres => postgres.SqlState[..2] is "08" or "40" or "53" or "55" or "57" or "58",
        NpgsqlException { InnerException: PostgresException inner } => IsTransient(inner),
        NpgsqlException npgsql => npgsql.IsTransient,
        IOException or SocketException or TimeoutException => true,
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
            { InnerException: { } inner } when exception is NpgsqlException => Describe(inner),
            _ => exception.Message,
        };
        return problem.ReplaceLineEndings(" ");
    }
}
