using Ingestion.Records;
using Ingestion.Storage.Postgres;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>An empty database is made by one script in place of the first six: the result must be the same.</summary>
public sealed class BaselineTests(PostgresServer server)
{
    /// <summary>Everything a schema is made of, in words.</summary>
    private const string Describe =
        """
        SELECT coalesce(string_agg(line, E'\n' ORDER BY line COLLATE "C"), '') FROM (
          SELECT concat_ws(' ', relname, relkind, attname, format_type(atttypid, atttypmod), attcollation::regcollation, attnotnull, pg_get_expr(adbin, adrelid), col_description(attrelid, attnum),
            row_number() OVER (PARTITION BY attrelid ORDER BY attnum))
          FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
          WHERE relnamespace = 'ingestion'::regnamespace AND attnum > 0 AND NOT attisdropped
          UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace = 'ingestion'::regnamespace
          UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'ingestion'
          UNION ALL SELECT concat_ws(' ', pg_get_functiondef(oid), obj_description(oid)) FROM pg_proc WHERE pronamespace = 'ingestion'::regnamespace
          UNION ALL SELECT concat_ws(' ', relname, reloptions::text, obj_description(oid)) FROM pg_class WHERE relnamespace = 'ingestion'::regnamespace
          UNION ALL SELECT concat_ws(' ', version, name, checksum) FROM ingestion.schema_versions
          UNION ALL SELECT concat_ws(' ', name, columns) FROM ingestion.resources) AS part (line)
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_new_database_is_the_same_as_one_that_went_through_every_version(bool hasTextKeys)
    {
        Resource resource = hasTextKeys ? Resources.With(("Resource:IdType", "Text")) : Resources.Character;
        await using var made = new StorageHarness(await server.CreateDatabaseAsync(), resource: resource);
        await using var grown = new StorageHarness(await server.CreateDatabaseAsync(), resource: resource);
        Migration first = Migration.All[0];
        await grown.ExecuteAsync(
            $"""
            CREATE SCHEMA ingestion;
            CREATE TABLE ingestion.schema_versions (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL, checksum text NOT NULL);
            INSERT INTO ingestion.schema_versions VALUES (1, '{first.Name}', now(), '{first.Checksum}');
            {first.Script}
            """);

        await made.Schema.EnsureReadyAsync(Cancellation);
        await grown.Schema.EnsureReadyAsync(Cancellation);

        string description = await made.QueryAsync<string>(Describe);
        Assert.Contains("outcomes_unresolved", description, StringComparison.Ordinal);
        Assert.Equal(await grown.QueryAsync<string>(Describe), description);
    }

    [Fact]
    public async Task A_first_start_that_an_earlier_version_did_not_end_is_begun_again()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.ExecuteAsync("CREATE SCHEMA ingestion; CREATE TABLE ingestion.schema_versions (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL, checksum text NOT NULL)");

        await storage.Schema.EnsureReadyAsync(Cancellation);

        Assert.Equal(Migration.All.Count, await storage.CountAsync("schema_versions"));
    }
}
