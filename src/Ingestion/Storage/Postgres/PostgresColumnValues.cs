using Ingestion.Records;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>
/// Makes the generated columns of a record in a transaction that is rolled back. A schema that is not there yet is made in it, for the functions that columns call.
/// </summary>
internal sealed class PostgresColumnValues(NpgsqlDataSource dataSource, PostgresTarget target, SchemaName schema, Resource resource, ILogger<PostgresColumnValues> logger)
{
    private const string Create = "CREATE TEMPORARY TABLE column_on_trial (raw jsonb, value TYPE GENERATED ALWAYS AS (EXPRESSION) STORED)";
    private const string Insert = "INSERT INTO column_on_trial (raw) VALUES ($1::jsonb) RETURNING left(value::text, 201)";

    /// <summary>For a user who may not create temporary tables, or a server that only reads. The way through JSON refuses what a column would, where a cast cuts it off.</summary>
    private const string Select =
        "SELECT left(value::text, 201) FROM (SELECT $1::jsonb AS raw) AS record, jsonb_to_record(jsonb_build_object('value', (EXPRESSION))) AS made (value TYPE)";

    /// <summary>The columns of the resource, in its order. Does not wait for a database that is away.</summary>
    /// <exception cref="IngestionConfigurationException">The database cannot be used as configured.</exception>
    /// <exception cref="IngestionUnavailableException">It cannot be used right now.</exception>
    public Task<IReadOnlyList<ColumnValue>> MakeAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken) =>
        PostgresProblem.ExplainAsync<IReadOnlyList<ColumnValue>>(() => TryMakeAsync(Encoding.UTF8.GetString(record.Span), cancellationToken), target, schema);

    private async Task<IReadOnlyList<ColumnValue>> TryMakeAsync(string record, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await dataSource.OpenConnectionAsync(cancellationToken);
        Migrator migrator = new(connection, target, schema, resource, logger);
        IReadOnlyList<Migration> missing = await migrator.FindMissingAsync(cancellationToken);
        if (missing.Count == 0)
            await new ResourceTable(connection, target, schema, resource).FindChangesAsync(cancellationToken); // The schema may be another resource's.
        else if (missing.Count < Migration.All.Count)
            throw migrator.Lacks(missing);

        await using NpgsqlTransaction transaction = await Bookkeeping.BeginAsync(connection, cancellationToken);
        try
        {
            if (missing.Count > 0)
                await migrator.ApplyMissingAsync(cancellationToken);
        }
        catch (PostgresException exception) when (LacksRights(exception))
        {
            throw new IngestionConfigurationException(
                $"{target}: the schema {schema} is not there yet, and user {target.User} may not create it here ({PostgresErrors.Describe(exception)}); run the migrate command as its owner first");
        }

        List<ColumnValue> values = [];
        foreach (ResourceColumn column in resource.Columns)
            values.Add(await MakeAsync(transaction, column, record, cancellationToken));
        return values;
    }

    private async Task<ColumnValue> MakeAsync(NpgsqlTransaction transaction, ResourceColumn column, string record, CancellationToken cancellationToken)
    {
        await transaction.SaveAsync("before_column", cancellationToken);
        try
        {
            try
            {
                await RunAsync(Create);
                return Made(await RunAsync(Insert, record));
            }
            catch (PostgresException exception) when (LacksRights(exception))
            {
                await transaction.RollbackAsync("before_column", cancellationToken);
                return Made(await RunAsync(Select, record));
            }
        }
        catch (PostgresException exception) when (!PostgresErrors.IsTransient(exception))
        {
            return new ColumnValue(column.Name, column.Type, Value: null, PostgresErrors.Describe(exception));
        }
        finally
        {
            await transaction.RollbackAsync("before_column", cancellationToken);
        }

        ColumnValue Made(object? value) => new(column.Name, column.Type, value is string text ? Excerpt.Of(text) : null, Problem: null);

        Task<object?> RunAsync(string sql, params IEnumerable<string> parameters) => parameters.Aggregate(
            new NpgsqlCommand(
                schema.In(sql.Replace("TYPE", column.Type, StringComparison.Ordinal).Replace("EXPRESSION", column.Expression, StringComparison.Ordinal)),
                transaction.Connection),
            (command, parameter) => command.With(parameter)).ReadOneAsync<object?>(cancellationToken);
    }

    private static bool LacksRights(PostgresException exception) => exception.SqlState is PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.ReadOnlySqlTransaction;
}
