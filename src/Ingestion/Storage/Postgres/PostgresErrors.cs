using System.Net.Sockets;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>Judges what PostgreSQL, a pooler and the way to them can answer. The classes are those of https://www.postgresql.org/docs/current/errcodes-appendix.html.</summary>
internal static class PostgresErrors
{
    /// <summary>A message may quote a value, whatever that is.</summary>
    private const int MaxMessage = 150;

    private const string IdleInTransactionTimeout = "25P03";
    private const string TransactionTimeout = "25P04";

    /// <summary>What Npgsql throws, without a special type or an inner exception, while every host of the connection string is a standby.</summary>
    private const string NoPrimary = "No suitable host was found.";

    /// <summary>PgBouncer gives nearly everything the code 08P01. This is what waiting does not cure, in its words.</summary>
    private static readonly string[] PoolerMistakes =
        ["authentication failed", "no such user", "no such database", "unsupported startup parameter", "SSL required", "TLS required", "login rejected", "not allowed", "does not exist"];

    /// <summary>What an exception is about; null for one that PostgreSQL has nothing to do with.</summary>
    public static StorageVerdict? Judge(Exception exception) => exception switch
    {
        PostgresException postgres => JudgeCode(postgres),
        NpgsqlException { InnerException: PostgresException inner } => Judge(inner),
        // One per host. The one that is away may be the primary.
        NpgsqlException { InnerException: AggregateException hosts } => hosts.InnerExceptions.Any(IsTransient) ? StorageVerdict.Wait : StorageVerdict.Configuration,
        NpgsqlException npgsql => npgsql.IsTransient || npgsql.Message == NoPrimary ? StorageVerdict.Wait : StorageVerdict.Configuration,
        FileNotFoundException or DirectoryNotFoundException => StorageVerdict.Configuration,
        IOException or SocketException or TimeoutException => StorageVerdict.Wait,
        // Text that is not Unicode does not even leave the process.
        EncoderFallbackException => StorageVerdict.Row,
        _ => null,
    };

    /// <summary>The same statement can succeed later: the server is away, restarting, overloaded or a replica, or a lock was in the way.</summary>
    public static bool IsTransient(Exception exception) => Judge(exception) is StorageVerdict.Wait;

    /// <summary>The server is a replica, or was told to store nothing. Another one may be the primary by now.</summary>
    public static bool IsReadOnly(Exception exception) => exception is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction };

    /// <summary>What a server says that only reads, for one that was asked.</summary>
    public static PostgresException ReadOnly() =>
        new("the server is read-only (a standby, or default_transaction_read_only is on)", "ERROR", "ERROR", PostgresErrorCodes.ReadOnlySqlTransaction);

    /// <summary>The statement took longer than a time limit of the server or of the connection string allows, or somebody cancelled it. Less work may fit.</summary>
    public static bool IsTimeout(Exception exception) => exception switch
    {
        PostgresException postgres => postgres.SqlState is PostgresErrorCodes.QueryCanceled or TransactionTimeout,
        NpgsqlException { InnerException: TimeoutException } => true,
        _ => false,
    };

    /// <summary>What two refusals have in common that have the same reason: not the message, which a trigger may write for each row.</summary>
    public static string ReasonOf(Exception exception) =>
        exception is PostgresException postgres ? $"{postgres.SqlState} {postgres.ConstraintName} {postgres.ColumnName}" : exception.GetType().Name;

    /// <summary>One line that is fit to be shown.</summary>
    public static string Describe(Exception exception)
    {
        string problem = exception switch
        {
            PostgresException postgres => $"{Excerpt.Of(postgres.MessageText, MaxMessage)} (SQLSTATE {postgres.SqlState})",
            AggregateException hosts => string.Join("; ", hosts.InnerExceptions.Select(Describe).Distinct(StringComparer.Ordinal)),
            { InnerException: { } inner } when exception is NpgsqlException => Describe(inner),
            NpgsqlException { Message: NoPrimary } => "none of the hosts accepts writes",
            _ => exception.Message,
        };
        return problem.ReplaceLineEndings(" ");
    }

    /// <summary>
    /// A trigger, a policy or a function of the user's may raise any code for one row: what counts as configuration here does so only when the statement fails without any row, too
    /// (<see cref="Committing.PatientCommitter"/>). Codes that PostgreSQL does not have are such a trigger's.
    /// </summary>
    private static StorageVerdict JudgeCode(PostgresException exception)
    {
        string code = exception.SqlState.PadRight(5);
        // It ended the session, which no row does.
        bool isFatal = exception.InvariantSeverity is "FATAL" or "PANIC";
        return (code, code[..2]) switch
        {
            (PostgresErrorCodes.ProtocolViolation, _) when PoolerMistakes.Any(mistake => exception.MessageText.Contains(mistake, StringComparison.OrdinalIgnoreCase)) => StorageVerdict.Configuration,
            (PostgresErrorCodes.ReadOnlySqlTransaction or IdleInTransactionTimeout or TransactionTimeout, _) => StorageVerdict.Wait,
            // What is missing is a prerequisite of an object, such as a replica identity; as the end of a session it is a database that takes no connections for now.
            (PostgresErrorCodes.ObjectNotInPrerequisiteState, _) when !isFatal => StorageVerdict.Configuration,
            // 08 connection, 40 rollback, 53 resources, 55 object in use, 57 operator intervention, 58 system error, 72 snapshot
            (_, "08" or "40" or "53" or "55" or "57" or "58" or "72") => StorageVerdict.Wait,
            // An internal error: of a pooler without a server behind it, or a crash. Otherwise of the statement.
            (_, "XX") when isFatal => StorageVerdict.Wait,
            // 0A feature, 0B initiation, 0L and 0P grants, 25 transaction state, 26 statement name, 28 authorization, 3D database, 3F schema, 42 names and rights, F0 files
            (_, "0A" or "0B" or "0L" or "0P" or "25" or "26" or "28" or "3D" or "3F" or "42" or "F0") => StorageVerdict.Configuration,
            _ => isFatal ? StorageVerdict.Configuration : StorageVerdict.Row,
        };
    }
}
