using System.Data;
using Ingestion.Records;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>Makes the table of a resource, and the type of the keys in the outcomes, what the configuration says. After the scripts, over one connection.</summary>
internal sealed class ResourceTable(NpgsqlConnection connection, PostgresTarget target, SchemaName schema, Resource resource)
{
    /// <summary>What rewrites more rows has to be asked for.</summary>
    public const int MostRewritten = 1_000_000;

    private const string ReadMade = "SELECT name FROM ingestion.resources";
    private const string ReadDefinitions = "SELECT key, value FROM ingestion.resources, jsonb_each_text(columns)";

    /// <summary>Not to_regclass(): see <see cref="Migrator"/>.</summary>
    private const string ReadTypes =
        """
        SELECT attname::text, format_type(atttypid, atttypmod)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname = $1 AND relname = $2 AND attnum > 0 AND NOT attisdropped
        """;

    private const string DescribeFetchedAt = "COMMENT ON COLUMN ingestion.records.fetched_at IS 'when the record was asked for: an answer to an older request does not replace it; null in rows older than this column'";

    private const string Remember =
        "INSERT INTO ingestion.resources (name, columns) SELECT $1, jsonb_object(coalesce($2::text[], '{}'), $3) ON CONFLICT (name) DO UPDATE SET columns = excluded.columns";

    private string KeyType => SchemaName.KeyType(resource);

    /// <summary>What is still to be done, in words; nothing when the table is as it should be.</summary>
    /// <exception cref="IngestionConfigurationException">The schema is for another resource.</exception>
    public async Task<IReadOnlyList<string>> FindChangesAsync(CancellationToken cancellationToken)
    {
        // One look at all of it: another process may be making the table.
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        return (await PlanAsync(cancellationToken)).Words;
    }

    /// <summary>Makes the changes, in the transaction that is going on, and returns them in words.</summary>
    public async Task<IReadOnlyList<string>> ChangeAsync(bool mayRewrite, CancellationToken cancellationToken)
    {
        Plan plan = await PlanAsync(cancellationToken);
        if (plan.Words.Count == 0)
            return [];

        if (!plan.IsNew)
            await TryEachAsync(plan, cancellationToken);
        foreach (string table in mayRewrite ? [] : plan.Rewritten)
            await RefuseToRewriteAsync(table, plan.Words, cancellationToken);
        await ExecuteAsync("SAVEPOINT before_change", cancellationToken);
        try
        {
            if (plan.IsNew)
                await ExecuteAsync(Migration.RecordsTable.Replace("COLUMNS", string.Concat(plan.Generated.Select(column => $", {Definition(column)}")), StringComparison.Ordinal), cancellationToken);
            if (plan.Table.Count > 0)
                await ExecuteAsync($"ALTER TABLE ingestion.records {string.Join(", ", plan.Table)}", cancellationToken);
        }
        catch (PostgresException) when (plan.IsNew)
        {
            // Only now, because it would make the first start of every database slower.
            await ExecuteAsync("ROLLBACK TO SAVEPOINT before_change", cancellationToken);
            await TryEachAsync(plan, cancellationToken);
            throw;
        }
        catch (PostgresException exception) when (exception.SqlState[..2] is "22" or "P0")
        {
            throw new IngestionConfigurationException(
                $"{ResourceOptions.Section}:Columns cannot be filled from the records that are stored ({string.Join(", ", plan.Generated.Select(column => column.Name))}): {PostgresErrors.Describe(exception)}; correct the definition, or the records");
        }

        if (plan.Outcomes is { } change)
            await ExecuteAsync(change, cancellationToken);
        await ExecuteAsync(DescribeFetchedAt, cancellationToken);
        await new NpgsqlCommand(schema.In(Remember), connection).With(resource.Name)
            .With<string[]>([.. resource.Columns.Select(column => column.Name)]).With<string[]>([.. resource.Columns.Select(column => column.Definition)])
            .RunAsync(cancellationToken);
        return plan.Words;
    }

    private async Task<Plan> PlanAsync(CancellationToken cancellationToken)
    {
        List<string> made = await new NpgsqlCommand(schema.In(ReadMade), connection).ReadAllAsync(reader => reader.GetString(0), cancellationToken);
        if (made.Count > 0 && !made.Contains(resource.Name))
            throw new IngestionConfigurationException($"{ResourceOptions.Section}:Name is '{resource.Name}', but the schema {schema} was made for the resource {made[0]}: a schema holds one; set Storage:Schema to another one");

        Dictionary<string, string> types = await ReadPairsAsync(ReadTypes, cancellationToken, schema.Name, resource.Name);
        Dictionary<string, string> known = await ReadPairsAsync(ReadDefinitions, cancellationToken);
        if (made.Count == 0 && types.Count > 0)
            throw new IngestionConfigurationException($"{ResourceOptions.Section}:Name is '{resource.Name}', but the schema {schema} has a table of that name which is something else; choose another name, or set Storage:Schema to another schema");

        var plan = new Plan { IsNew = types.Count == 0 };
        if (plan.IsNew)
            plan.Words.Add($"table {resource.Name}");
        else
            ChangeFixed(plan, types);
        if (!(await ReadPairsAsync(ReadTypes, cancellationToken, schema.Name, "outcomes")).ContainsKey("item_id"))
        {
            plan.Outcomes = $"ALTER TABLE ingestion.item_outcomes ALTER COLUMN item_id TYPE {KeyType}; {Migration.OutcomesView}";
            plan.Words.Add("view outcomes");
            if (types.TryGetValue("id", out string? keys) && keys != SchemaName.TypeOf(resource))
                plan.Rewritten.Add("item_outcomes"); // As the table of the records, whose keys it has.
        }

        foreach (string name in known.Keys.Where(name => types.ContainsKey(name) && resource.Columns.All(column => column.Name != name)))
        {
            plan.Table.Add($"DROP COLUMN \"{name}\"");
            plan.Words.Add($"column {resource.Name}.{name} removed");
        }

        foreach (ResourceColumn column in resource.Columns)
        {
            bool isThere = types.ContainsKey(column.Name);
            if (isThere && known.GetValueOrDefault(column.Name) == column.Definition)
                continue;
            if (isThere && !known.ContainsKey(column.Name))
                throw new IngestionConfigurationException($"{ResourceOptions.Section}:Columns:{column.Name} is '{column.Definition}', but the table {schema}.{resource.Name} has a column of that name which is something else; choose another name");
            if (isThere)
                plan.Table.Add($"DROP COLUMN \"{column.Name}\"");
            plan.Generated.Add(column);
            if (plan.IsNew)
                continue;
            plan.Table.Add($"ADD COLUMN {Definition(column)}");
            plan.Words.Add($"column {resource.Name}.{column.Name}");
        }

        if (plan.Generated.Count > 0 && !plan.IsNew && !plan.Rewritten.Contains(resource.Name))
            plan.Rewritten.Add(resource.Name);
        return plan;
    }

    /// <summary>The columns every table has, in one that is older.</summary>
    private void ChangeFixed(Plan plan, Dictionary<string, string> types)
    {
        string wanted = SchemaName.TypeOf(resource);
        if (types["id"] != wanted && (types["id"] == "text" || resource.HasTextKeys))
            throw new IngestionConfigurationException($"{ResourceOptions.Section}:IdType is '{(resource.HasTextKeys ? "Text" : "Integer")}', but the schema {schema} was made for keys of the type {types["id"]}; set Storage:Schema to another one");
        if (types["id"] != wanted)
        {
            plan.Table.Add($"ALTER COLUMN id TYPE {KeyType}");
            plan.Words.Add($"column {resource.Name}.id");
            plan.Rewritten.Add(resource.Name);
        }

        if (types.ContainsKey("fetched_at"))
            return;

        plan.Table.Add("ADD COLUMN fetched_at timestamptz");
        plan.Words.Add($"column {resource.Name}.fetched_at");
    }

    /// <summary>Lets PostgreSQL judge each column by itself, so that it is clear which one an error is about.</summary>
    private async Task TryEachAsync(Plan plan, CancellationToken cancellationToken)
    {
        foreach (ResourceColumn column in plan.Generated)
            await TryAsync(column, cancellationToken);
    }

    private async Task TryAsync(ResourceColumn column, CancellationToken cancellationToken)
    {
        await ExecuteAsync("SAVEPOINT before_try", cancellationToken);
        try
        {
            await ExecuteAsync($"CREATE TABLE ingestion.column_on_trial (raw jsonb, {Definition(column)})", cancellationToken);
            await ExecuteAsync("ROLLBACK TO SAVEPOINT before_try", cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState is not PostgresErrorCodes.InsufficientPrivilege && exception.SqlState[..2] is "0A" or "22" or "42" or "54")
        {
            throw new IngestionConfigurationException($"{ResourceOptions.Section}:Columns:{column.Name} is '{column.Definition}', but PostgreSQL says: {PostgresErrors.Describe(exception)}; correct the type, the pointer or the expression");
        }
    }

    private async Task RefuseToRewriteAsync(string table, IEnumerable<string> changes, CancellationToken cancellationToken)
    {
        string some = $"SELECT count(*) FROM (SELECT FROM ingestion.{table} LIMIT {MostRewritten + 1}) AS rows";
        if (await new NpgsqlCommand(schema.In(some), connection) { CommandTimeout = 0 }.ReadOneAsync<long>(cancellationToken) > MostRewritten)
        {
            throw new IngestionConfigurationException(
                $"{target}: {schema}.{table} has more than {MostRewritten} rows, and this rewrites all of them while nobody else can use the table: {string.Join(", ", changes)}; run migrate --rewrite when that suits");
        }
    }

    private static string Definition(ResourceColumn column) => $"\"{column.Name}\" {column.Type} GENERATED ALWAYS AS ({column.Expression}) STORED";

    private async Task<Dictionary<string, string>> ReadPairsAsync(string query, CancellationToken cancellationToken, params IEnumerable<string> parameters) =>
        (await parameters.Aggregate(new NpgsqlCommand(schema.In(query), connection), (command, parameter) => command.With(parameter))
            .ReadAllAsync(reader => KeyValuePair.Create(reader.GetString(0), reader.GetString(1)), cancellationToken)).ToDictionary(StringComparer.Ordinal);

    private Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken) =>
        new NpgsqlCommand(schema.In(sql, resource), connection) { CommandTimeout = 0 }.RunAsync(cancellationToken);

    private sealed class Plan
    {
        public required bool IsNew { get; init; }

        public List<string> Table { get; } = [];

        public string? Outcomes { get; set; }

        public List<ResourceColumn> Generated { get; } = [];

        public List<string> Rewritten { get; } = [];

        public List<string> Words { get; } = [];
    }
}
