using System.Text;
using Ingestion.Configuration;
using Ingestion.Storage;
using Npgsql;
using TestSupport.Settings;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>What PostgreSQL makes of a record is shown without storing anything, with all its rights or hardly any.</summary>
public sealed class ColumnValueTests(PostgresServer server)
{
    private const string Record = """{"id":7,"name":"Abradolf\u001b Lincler","born":"2017-11-04T19:59:20Z","episode":["x/10","x/11"],"stock":"many","sku":"abcd","nothing":null}""";

    private static readonly (string, string)[] Columns =
    [
        ("Resource:Name", "things"), .. ShippedSettings.Resource.Keys.Where(key => key.StartsWith("Resource:Columns:", StringComparison.Ordinal) && key != "Resource:Columns:name").Select(key => (key, "")),
        ("Resource:Columns:name", "text /name"), ("Resource:Columns:born", "timestamptz /born"), ("Resource:Columns:episodes", "integer[] = ingestion.last_numbers(raw->'episode')"),
        ("Resource:Columns:nothing", "text /nothing"), ("Resource:Columns:list", "jsonb /episode"), ("Resource:Columns:sku", "varchar(3) /sku"), ("Resource:Columns:stock", "integer /stock"),
    ];

    private static readonly string[] Expected =
    [
        "born 2017-11-04 19:59:20+00 ", "episodes {10,11} ", "list [\"x/10\", \"x/11\"] ", "name Abradolf  Lincler ", "nothing  ", "sku  value too long for type character varying(3) (SQLSTATE 22001)",
        "stock  invalid input syntax for type integer: \"many\" (SQLSTATE 22P02)",
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Values_and_reasons_are_those_of_a_run_whether_the_schema_is_there_or_not(bool isMigrated)
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync() + ";Timezone=UTC", resource: Resources.With(Columns));
        if (isMigrated)
            await storage.Schema.MigrateAsync(mayRewrite: false, Cancellation);

        Assert.Equal(Expected, await MakeAsync(storage));
        Assert.Equal(isMigrated, await storage.QueryAsync<bool>("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'ingestion')"));
        Assert.Equal(0, isMigrated ? await storage.CountAsync("things") : 0);
    }

    [Fact]
    public async Task A_column_that_cannot_be_generated_has_the_reason_of_migrate()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync(), resource: Resources.With(
            ("Resource:Columns:name", "text = current_user || (raw->>'name')"), ("Resource:Columns:status", "strange /status"), ("Resource:Columns:species", "integer = raw->>'id'")));

        IReadOnlyList<ColumnValue> values = await storage.ColumnValues.MakeAsync(Encoding.UTF8.GetBytes(Record), Cancellation);

        Assert.Equal("generation expression is not immutable (SQLSTATE 42P17)", values.Single(column => column.Name == "name").Problem);
        Assert.Equal("type \"strange\" does not exist (SQLSTATE 42704)", values.Single(column => column.Name == "status").Problem);
        Assert.StartsWith("column \"value\" is of type integer but default expression is of type text", values.Single(column => column.Name == "species").Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_who_may_only_read_and_a_server_that_only_reads_are_enough_once_the_schema_is_there()
    {
        string database = await server.CreateDatabaseAsync() + ";Timezone=UTC";
        await using var owner = new StorageHarness(database, resource: Resources.With(Columns));
        string reader = "reader_" + Guid.NewGuid().ToString("N")[..8];
        await owner.ExecuteAsync($"CREATE ROLE {reader} LOGIN; DO $$ BEGIN EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC; GRANT CONNECT ON DATABASE %I TO {reader}', current_database(), current_database()); END $$");
        await using var storage = new StorageHarness(new NpgsqlConnectionStringBuilder(database) { Username = reader }.ConnectionString, resource: Resources.With(Columns));
        IngestionConfigurationException refused = await Assert.ThrowsAsync<IngestionConfigurationException>(() => MakeAsync(storage));
        Assert.Contains($"the schema ingestion is not there yet, and user {reader} may not create it here", refused.Message, StringComparison.Ordinal);
        Assert.Contains("run the migrate command as its owner first", refused.Message, StringComparison.Ordinal);
        await owner.Schema.MigrateAsync(mayRewrite: false, Cancellation);
        await owner.ExecuteAsync($"GRANT USAGE ON SCHEMA ingestion TO {reader}; GRANT SELECT ON ALL TABLES IN SCHEMA ingestion TO {reader}");

        Assert.Equal(Expected, await MakeAsync(storage));
        await using var readOnly = new StorageHarness(database + ";Options=-c default_transaction_read_only=on", resource: Resources.With(Columns));
        Assert.Equal(Expected, await MakeAsync(readOnly));
    }

    [Fact]
    public async Task A_schema_of_another_resource_or_of_an_older_version_is_said()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.Schema.MigrateAsync(mayRewrite: false, Cancellation);
        await using var other = new StorageHarness(storage.ConnectionString, resource: Resources.With(Columns));
        Assert.Contains("was made for the resource characters", (await Assert.ThrowsAsync<IngestionConfigurationException>(() => MakeAsync(other))).Message, StringComparison.Ordinal);

        await storage.ExecuteAsync("DELETE FROM ingestion.schema_versions WHERE version = 6");
        Assert.Contains("the schema lacks version 6 (0006_any_resource); run the migrate command", (await Assert.ThrowsAsync<IngestionConfigurationException>(() => MakeAsync(storage))).Message, StringComparison.Ordinal);
    }

    private static async Task<string[]> MakeAsync(StorageHarness storage) =>
        [.. (await storage.ColumnValues.MakeAsync(Encoding.UTF8.GetBytes(Record), Cancellation)).Select(column => $"{column.Name} {column.Value} {column.Problem}")];
}
