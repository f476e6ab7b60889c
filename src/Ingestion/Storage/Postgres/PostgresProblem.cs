using Ingestion.Configuration;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>Says in one line why a database cannot be used, and what to do about it.</summary>
internal static class PostgresProblem
{
    public static IngestionConfigurationException Explain(Exception exception, PostgresTarget target, SchemaName schema) =>
        new($"{target}: {PostgresErrors.Describe(exception)}; {Advise(exception, target, schema)}");

    public static IngestionConfigurationException NotReachable(Exception exception, PostgresTarget target, TimeSpan waited) =>
        new($"{target}: no usable answer for {waited:c}, the last attempt ended with: {PostgresErrors.Describe(exception)}; {AdviseWaiting(exception)}, or raise Storage:StartupTimeout");

    private static string AdviseWaiting(Exception exception) => (exception as PostgresException)?.SqlState switch
    {
        PostgresErrorCodes.TooManyConnections => "close connections of others or raise max_connections",
        PostgresErrorCodes.DiskFull => "make room on the server's disk",
        _ => "start the server, correct Host and Port",
    };

    private static string Advise(Exception exception, PostgresTarget target, SchemaName schema) => (exception as PostgresException)?.SqlState switch
    {
        ['2', '8', ..] => "correct Username and Password, or the server's pg_hba.conf",
        PostgresErrorCodes.InvalidCatalogName => $"create it (createdb {target.Database}) or correct Database",
        PostgresErrorCodes.InsufficientPrivilege => $"let the owner grant user {target.User} what is missing, or connect as the owner",
        PostgresErrorCodes.ReadOnlySqlTransaction => "connect to the primary server",
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.InvalidSchemaName => $"run the migrate command; if that finds nothing to do, the schema {schema} is damaged and must be restored",
        PostgresErrorCodes.DuplicateTable => $"the schema {schema} has tables of something else; use another database",
        null => "correct the connection string",
        _ => "see the server's log",
    };
}
