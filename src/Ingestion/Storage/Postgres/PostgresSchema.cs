using System.Security.Cryptography;
using Ingestion.Records;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>Waits for the server at start and makes sure that the schema can be used.</summary>
internal sealed class PostgresSchema(
    NpgsqlDataSource dataSource, PostgresTarget target, SchemaName schema, Resource resource, IOptions<StorageOptions> options, StorageHealth health, TimeProvider time, ILogger<PostgresSchema> logger)
    : ISchema
{
    private const int OldestServer = 13;
    private const string Properties =
        """
        SELECT current_setting('server_encoding'), current_setting('transaction_read_only')::boolean,
          EXISTS (SELECT FROM pg_settings WHERE name = 'default_transaction_read_only' AND source = 'client' AND setting = 'on')
        """;

    private const string FindMissingPrivileges =
        """
        SELECT needed.privilege || ' on ingestion.' || needed.name
        FROM (VALUES
          ('TABLE', 'SELECT'), ('TABLE', 'INSERT'), ('TABLE', 'UPDATE'),
          ('runs', 'SELECT'), ('runs', 'INSERT'), ('runs', 'UPDATE'),
          ('item_outcomes', 'SELECT'), ('item_outcomes', 'INSERT'), ('item_outcomes', 'UPDATE'),
          ('commit_outcomes', 'SELECT'), ('commit_outcomes', 'INSERT')) AS needed (name, privilege)
        WHERE NOT has_table_privilege('ingestion.' || needed.name, needed.privilege)
        """;

    /// <summary>What a migration needs; null when the user has it.</summary>
    private const string FindMissingOwnership =
        """
        SELECT CASE
          WHEN (SELECT count(*) FROM pg_namespace WHERE nspname = $1) = 0 THEN CASE WHEN NOT has_database_privilege(current_database(), 'CREATE') THEN 'CREATE on the database' END
          WHEN NOT has_schema_privilege($1, 'CREATE') THEN 'CREATE on the schema ' || $1
          WHEN EXISTS (SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = $1 AND relkind IN ('r', 'v') AND NOT pg_has_role(relowner, 'USAGE')) THEN 'the ownership of its tables'
        END
        """;

    /// <summary>Of the limits of the server, of the user and of the database, the least.</summary>
    private const string GrantedConnections =
        """
        SELECT least(
          current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer
            - coalesce(current_setting('reserved_connections', true)::integer, 0),
          (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
          (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()))
        """;

    private static readonly TimeSpan AttemptInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(10);

    public Task EnsureReadyAsync(CancellationToken cancellationToken) => WaitForServerAsync(CheckAsync, cancellationToken);

    public Task<IReadOnlyList<string>> MigrateAsync(bool mayRewrite, CancellationToken cancellationToken) =>
        WaitForServerAsync((connection, token) => NewMigrator(connection).MigrateAsync(mayRewrite, token), cancellationToken);

    /// <summary>Looks at everything that a start needs, once, and changes nothing.</summary>
    public async Task<IReadOnlyList<Finding>> InspectAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<Finding> found = [];
        Finding database = await LookAsync("database", () => OutageGuard.AttemptAsync(token => ConnectAsync(async (connection, work) =>
        {
            found = await InspectAsync(connection, work);
            return $"{target}: PostgreSQL {connection.PostgreSqlVersion}";
        }, token), cancellationToken));
        return [database, .. database.Kind == FindingKind.Ok ? found : ((string[])["schema", "table", "rights"]).Select(check => new Finding(check, FindingKind.Skipped, "the database comes first"))];
    }

    private async Task<IReadOnlyList<Finding>> InspectAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        IReadOnlyList<Migration>? missing = null;
        IReadOnlyList<string> changes = [];
        bool migrates = options.Value.MigrateOnStart;
        Finding version = await LookAsync("schema", async () =>
        {
            missing = await NewMigrator(connection).FindMissingAsync(cancellationToken);
            return missing.Count == 0 ? $"{schema} has version {Migration.All[^1].Version}"
                : migrates ? $"{schema} lacks version {missing[0].Version} ({missing[0].Name}) and what follows; the start makes it" : throw NewMigrator(connection).Lacks(missing);
        });
        Finding table = missing is { Count: 0 } ? await LookAsync("table", async () =>
        {
            changes = await new ResourceTable(connection, target, schema, resource).FindChangesAsync(cancellationToken);
            return changes.Count == 0 ? $"{resource.Name} is as {ResourceOptions.Section} says" : migrates ? $"the start makes {string.Join(", ", changes)}" : throw Lacks(changes);
        }) : new Finding("table", FindingKind.Skipped, "the schema comes first");
        bool comesFirst = version.Kind != FindingKind.Ok || table.Kind is FindingKind.Wrong or FindingKind.Unavailable;
        Finding rights = comesFirst ? new Finding("rights", FindingKind.Skipped, "the schema and the table come first") : await LookAsync("rights", async () =>
        {
            if (missing is { Count: > 0 } || changes.Count > 0)
                await CheckMigrationAsync(connection, cancellationToken);
            else
                await CheckPrivilegesAsync(connection, cancellationToken);
            return $"user {target.User} has what a start needs";
        });
        return [version, table, rights];
    }

    private Task<Finding> LookAsync(string check, Func<Task<string>> look) => Finding.OfAsync(check, () => PostgresProblem.ExplainAsync(look, target, schema));

    private async Task<bool> CheckAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (options.Value.MigrateOnStart)
            await NewMigrator(connection).MigrateAsync(mayRewrite: false, cancellationToken);
        else if (await NewMigrator(connection).FindMissingAsync(cancellationToken) is { Count: > 0 } missing)
            throw NewMigrator(connection).Lacks(missing);
        else if (await new ResourceTable(connection, target, schema, resource).FindChangesAsync(cancellationToken) is { Count: > 0 } changes)
            throw Lacks(changes);

        await CheckPrivilegesAsync(connection, cancellationToken);
        if (!options.Value.TransactionPooling)
            await CheckConnectionsAsync(connection, cancellationToken);
        return true;
    }

    private IngestionConfigurationException Lacks(IReadOnlyList<string> changes) =>
        new($"{target}: the schema lacks what {ResourceOptions.Section} asks for ({string.Join(", ", changes)}); run the migrate command, or set Storage:MigrateOnStart to true");

    private Migrator NewMigrator(NpgsqlConnection connection) => new(connection, target, schema, resource, logger);

    /// <summary>Repeats the work while the server is away, but not for longer than <c>Storage:StartupTimeout</c>. What a migration does is one transaction.</summary>
    public async Task<T> WaitForServerAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        TimeSpan nextLog = TimeSpan.Zero;
        for (; ; await Task.Delay(AttemptInterval, time, cancellationToken))
        {
            try
            {
                T result = await OutageGuard.AttemptAsync(token => ConnectAsync(work, token), cancellationToken);
                health.ReportReachable();
                return result;
            }
            catch (Exception exception) when (PostgresErrors.IsTransient(exception))
            {
                // As in the middle of a run: a connection that is open stays with a server that only reads.
                if (PostgresErrors.IsReadOnly(exception))
                    dataSource.Clear();
                TimeSpan waited = time.GetElapsedTime(started);
                string problem = PostgresErrors.Describe(exception);
                health.ReportUnreachable(problem);
                if (waited >= options.Value.StartupTimeout)
                    throw PostgresProblem.NotReachable(exception, target, options.Value.StartupTimeout);

                if (waited >= nextLog)
                {
                    StorageLog.WaitingForServer(logger, target.Server, problem);
                    nextLog = waited + LogInterval;
                }
            }
            catch (Exception exception) when (PostgresErrors.Judge(exception) is not null)
            {
                throw PostgresProblem.Explain(exception, target, schema);
            }
        }
    }

    private async Task<T> ConnectAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection;
        try
        {
            connection = await dataSource.OpenConnectionAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException or InvalidOperationException or UnauthorizedAccessException or CryptographicException)
        {
            // Some settings Npgsql looks at when it connects, and not before.
            throw PostgresProblem.Explain(exception, target, schema);
        }

        await using (connection)
        {
            await CheckServerAsync(connection, cancellationToken);
            return await work(connection, cancellationToken);
        }
    }

    /// <summary>What a run does with the tables must be allowed before it starts, not fail at the first batch.</summary>
    private async Task CheckPrivilegesAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (await new NpgsqlCommand(schema.In(FindMissingPrivileges.Replace("TABLE", resource.Name, StringComparison.Ordinal)), connection)
            .ReadAllAsync(reader => reader.GetString(0), cancellationToken) is [_, ..] missing)
        {
            throw new IngestionConfigurationException(
                $"{target}: user {target.User} lacks {string.Join(", ", missing)}; let the tables' owner GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA {schema.Quoted}, or connect as the owner");
        }
    }

    private async Task CheckMigrationAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (await new NpgsqlCommand(FindMissingOwnership, connection).With(schema.Name).ReadOneAsync<object?>(cancellationToken) is string missing)
            throw new IngestionConfigurationException($"{target}: user {target.User} lacks {missing}, and the start would migrate; run the migrate command as the owner, and set Storage:MigrateOnStart to false");
    }

    /// <summary>Compares the connections that all workers may open with those the server grants. One worker alone seldom has them all open, so it is no error.</summary>
    private async Task CheckConnectionsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        int poolSize = new NpgsqlConnectionStringBuilder(connection.ConnectionString).MaxPoolSize;
        int needed = options.Value.Workers * (poolSize + 1); // Beside the pool, the connection that holds the lock.
        int granted = await new NpgsqlCommand(GrantedConnections, connection).ReadOneAsync<int>(cancellationToken);
        if (needed > granted)
            StorageLog.TooManyConnections(logger, target, options.Value.Workers, needed, granted, poolSize);
    }

    private async Task CheckServerAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (connection.PostgreSqlVersion.Major < OldestServer)
            throw new IngestionConfigurationException($"{target}: the server is PostgreSQL {connection.PostgreSqlVersion}, version {OldestServer} or newer is needed; upgrade it or use another one");

        (string encoding, bool isReadOnly, bool isAskedFor) = (await new NpgsqlCommand(Properties, connection)
            .ReadAllAsync(reader => (reader.GetString(0), reader.GetBoolean(1), reader.GetBoolean(2)), cancellationToken))[0];
        if (encoding is not "UTF8")
            throw new IngestionConfigurationException($"{target}: the database has the encoding {encoding}, which cannot hold every letter; use one with UTF8 (createdb --encoding UTF8 --template template0 NAME)");
        if (isReadOnly)
        {
            throw isAskedFor
                ? new IngestionConfigurationException($"{target}: every transaction is read-only, because Options in the connection string sets default_transaction_read_only; leave that out")
                : PostgresErrors.ReadOnly();
        }
    }
}
