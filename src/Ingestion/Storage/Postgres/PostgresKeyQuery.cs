using Ingestion.Records;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>Asks a query of the user's for keys, page by page, each in a separate transaction that only reads. Nothing is held in between.</summary>
internal sealed class PostgresKeyQuery(
    NpgsqlDataSource dataSource, PostgresTarget target, Resource resource, OutageGuards outages, ILogger<PostgresKeyQuery> logger) : IKeyQuery
{
    /// <summary>No column of the query is called like this. Every statement has a parameter, because Npgsql sends several statements one by one when there is none.</summary>
    private const string Key = "\"ingestion key\"";

    // As pg_type has them: bigint, smallint and integer; text and character varying.
    private static readonly uint[] IntegerTypes = [20, 21, 23];
    private static readonly uint[] TextTypes = [25, 1043];

    private bool IsText => resource.HasTextKeys;

    public Task<long> CountAsync(string query, CancellationToken cancellationToken) => AskAsync(query, async (connection, token) =>
    {
        await using (NpgsqlCommand check = new NpgsqlCommand($"SELECT {Key} {From(query)} WHERE $1 LIMIT 0", connection) { CommandTimeout = 0 }.With(true))
        {
            await using NpgsqlDataReader reader = await check.ExecuteReaderAsync(token);
            if (!(IsText ? TextTypes : IntegerTypes).Contains(reader.GetDataTypeOID(0)))
                throw Refuse(query, $"its first column is of the type {reader.GetDataTypeName(0)}, and keys of this resource ({ResourceOptions.Section}:IdType) are {(IsText ? "text; write column::text" : "integer, bigint or smallint; write column::bigint")}");
        }

        return await new NpgsqlCommand($"SELECT count(DISTINCT {Key}) {From(query)} WHERE {Key} > $1", connection) { CommandTimeout = 0 }
            .WithParameter(ItemKeys.Parameter(ItemKeys.Least(IsText), IsText)).ReadOneAsync<long>(token);
    }, cancellationToken);

    public Task<IReadOnlyList<ItemKey>> ListAsync(string query, ItemKey? after, int limit, CancellationToken cancellationToken) => AskAsync<IReadOnlyList<ItemKey>>(query, async (connection, token) =>
    {
        string keys = $"SELECT DISTINCT {Key} {From(query)} WHERE {Key} > $1 ORDER BY 1 LIMIT $2";
        return await new NpgsqlCommand($"SELECT {Key}::{(IsText ? "text" : "bigint")} FROM ({keys}) AS page ORDER BY {Key}", connection) { CommandTimeout = 0 }
            .WithParameter(ItemKeys.Parameter(after ?? ItemKeys.Least(IsText), IsText)).With(limit)
            .ReadAllAsync(reader => Parse(query, ItemKeys.Read(reader, 0, IsText)), token);
    }, cancellationToken);

    // A comment at the end of the query ends with its line.
    private static string From(string query) => $"FROM ({query.Trim().TrimEnd(';')}\n) AS asked ({Key})";

    private static IngestionConfigurationException Refuse(string query, string problem) => new($"Ingestion:Query is '{Excerpt.Of(query)}', but {problem}");

    private ItemKey Parse(string query, ItemKey key) =>
        KeyRules.Parse(key.ToString(), IsText) ?? throw Refuse(query, $"yields '{Excerpt.Of(key.Text, 40)}', and a key must be {KeyRules.Allowed(IsText)}");

    private Task<T> AskAsync<T>(string query, Func<NpgsqlConnection, CancellationToken, Task<T>> ask, CancellationToken cancellationToken) => PostgresProblem.ExplainAsync(async () =>
    {
        try
        {
            return await outages.New(logger).RunAsync(async token =>
            {
                await using NpgsqlConnection connection = await dataSource.OpenConnectionAsync(token);
                await using NpgsqlTransaction transaction = await Bookkeeping.BeginAsync(connection, token);
                await new NpgsqlCommand("SET TRANSACTION READ ONLY", connection).RunAsync(token);
                return await ask(connection, token);
            }, PostgresErrors.IsReadOnly, cancellationToken);
        }
        catch (PostgresException exception)
        {
            throw Refuse(query, $"PostgreSQL says: {PostgresErrors.Describe(exception)}; correct the query, or what the user {target.User} may read");
        }
    }, target);
}
