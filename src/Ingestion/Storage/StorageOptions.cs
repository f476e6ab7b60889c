using System.ComponentModel.DataAnnotations;

namespace Ingestion.Storage;

/// <summary>Section <c>Storage</c>: how the worker treats its database. The connection string is <c>ConnectionStrings:Postgres</c>.</summary>
public sealed class StorageOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Storage";

    /// <summary>
    /// The database: an Npgsql connection string or a <c>postgres://</c> URI; without it <c>DATABASE_URL</c> is taken (<see href="database.md#connections">which
    /// parameters</see>).
    /// </summary>
    public const string ConnectionStringKey = "ConnectionStrings:Postgres";

    /// <summary>Key of the URI that is taken without a connection string; it is what platforms call the environment variable.</summary>
    public const string UrlKey = "DATABASE_URL";

    /// <summary>Default of <see cref="Schema"/>.</summary>
    public const string DefaultSchema = "ingestion";

    /// <summary>
    /// How long to wait at start for a server that does not answer, or only reads; then exit code 69. 0 to 1 day, default 30 s. Once it has answered, the worker waits
    /// however long an outage takes.
    /// </summary>
    [DurationRange("00:00:00", "1.00:00:00")]
    public TimeSpan StartupTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Create or upgrade the schema at start; otherwise it must have been done with the <c>migrate</c> command. Default true.</summary>
    public bool MigrateOnStart { get; set; } = true;

    /// <summary>
    /// How long <see href="database.md#history">the history of a run</see> is kept after its end. 1 min to 36,500 days, default 90 days; empty = for ever. What is older is
    /// removed at the end of a run and by the command <c>prune</c>, but never a run that may go on, nor a failure that is unresolved.
    /// </summary>
    [DurationRange("00:01:00", "36500.00:00:00")]
    public TimeSpan? KeepRuns { get; set; } = TimeSpan.FromDays(90);

    /// <summary>The most outcomes written in one transaction. 1 to 10,000, default 1,000.</summary>
    [Range(1, 10_000)]
    public int MaxBatchSize { get; set; } = 1_000;

    /// <summary>How many workers may share the server. 1 to 10,000, default 1. At start, a warning says when the connections they may open are more than it grants.</summary>
    [Range(1, 10_000)]
    public int Workers { get; set; } = 1;

    /// <summary>
    /// Whether the connection string points at a pooler, such as PgBouncer, that hands out a connection for one transaction at a time. Then nothing is kept in
    /// the session: no prepared statements, no settings, and locks are those of a transaction. Default false.
    /// </summary>
    public bool TransactionPooling { get; set; }

    /// <summary>
    /// The schema that holds the tables: up to 63 lower-case letters, digits and underscores, not beginning with a digit, nor with <c>pg_</c>, which PostgreSQL
    /// keeps for itself. Default <c>ingestion</c>. Workers with different schemas know nothing of each other.
    /// </summary>
    [RegularExpression("(?!pg_)[a-z_][a-z0-9_]{0,62}", ErrorMessage = "a name of at most 63 lower-case letters, digits and underscores that begins neither with a digit nor with pg_")]
    public string Schema { get; set; } = DefaultSchema;
}
