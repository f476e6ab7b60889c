using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>Says in one line why a database cannot be used, and what to do about it.</summary>
internal static class PostgresProblem
{
    /// <summary>An <see cref="IngestionUnavailableException"/> when another attempt may succeed, otherwise an <see cref="IngestionConfigurationException"/>.</summary>
    public static Exception Explain(Exception exception, PostgresTarget target, SchemaName? schema = null)
    {
        string problem = $"{target}: {PostgresErrors.Describe(exception)}";
        return PostgresErrors.IsTransient(exception)
            ? new IngestionUnavailableException($"{problem}; {AdviseWaiting(exception)}", exception)
            : new IngestionConfigurationException($"{problem}; {Advise(exception, target, schema is null ? "the schema" : $"the schema {schema}")}");
    }

    /// <summary>Does something with the database, and throws an explanation when that does not let it.</summary>
    public static async Task<T> ExplainAsync<T>(Func<Task<T>> work, PostgresTarget target, SchemaName? schema = null)
    {
        try
        {
            return await work();
        }
        catch (Exception exception) when (PostgresErrors.Judge(exception) is not null)
        {
            throw Explain(exception, target, schema);
        }
    }

    public static IngestionUnavailableException NotReachable(Exception exception, PostgresTarget target, TimeSpan waited) =>
        new($"{target}: no usable answer for {waited:c}, the last attempt ended with: {PostgresErrors.Describe(exception)}; {AdviseWaiting(exception)}, or raise Storage:StartupTimeout", exception);

    private static string AdviseWaiting(Exception exception) => (exception as PostgresException)?.SqlState switch
    {
        PostgresErrorCodes.TooManyConnections => "close connections of others or raise max_connections",
        PostgresErrorCodes.DiskFull => "make room on the server's disk",
        PostgresErrorCodes.ReadOnlySqlTransaction => "promote it, or connect to the primary server",
        PostgresErrorCodes.LockNotAvailable => "end the transaction that holds the lock",
        PostgresErrorCodes.QueryCanceled => "raise the time limit of the user (statement_timeout)",
        ['0', '8', ..] or ['X', 'X', ..] => "see the log of the server, or of the pooler before it",
        _ => "start the server, correct Host and Port",
    };

    private static string Advise(Exception exception, PostgresTarget target, string schema) => (exception as PostgresException)?.SqlState switch
    {
        ['2', '8', ..] => "correct Username and Password, or the server's pg_hba.conf",
        PostgresErrorCodes.ProtocolViolation => "correct Username, Password, Database and Options, or the settings of the pooler that says so",
        PostgresErrorCodes.InvalidCatalogName => $"create it (createdb {target.Database}) or correct Database",
        PostgresErrorCodes.InsufficientPrivilege => $"let the owner grant user {target.User} what is missing, or connect as the owner",
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.InvalidSchemaName => $"run the migrate command; if that finds nothing to do, {schema} is damaged and must be restored",
        PostgresErrorCodes.DependentObjectsStillExist => "drop the views that use it, migrate, and create them again",
        PostgresErrorCodes.DuplicateTable => $"{schema} has tables of something else; set Storage:Schema to another one, or use another database",
        null => "correct the connection string",
        _ when PostgresErrors.Judge(exception) is StorageVerdict.Row => "correct the constraint or the trigger that refuses it",
        _ => "see the server's log",
    };
}
