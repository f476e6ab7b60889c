using Ingestion.Configuration;
using Ingestion.Items;
using Ingestion.Records;
using Ingestion.Sources;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>A server of its own: one of these tests stops it.</summary>
public sealed class KeyQueryTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private static readonly Resource Texts = Resources.With(("Resource:Name", "things"), ("Resource:IdType", "Text"), ("Resource:Path", "things/{id}"));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("SELECT generate_series(1, 5)", "1,2,3,4,5")]
    [InlineData("SELECT unnest(ARRAY[3, NULL, 1, 3, 2])", "1,2,3")]
    [InlineData("SELECT id::smallint FROM (VALUES (2), (1)) AS v (id) ORDER BY id DESC;", "1,2")]
    [InlineData("VALUES (-7), (9223372036854775807) -- the ends", "-7,9223372036854775807")]
    [InlineData("WITH a AS (SELECT 7 AS id, 'x' AS other) SELECT id, other, 1 AS \"id\" FROM a", "7")]
    [InlineData("SELECT 4::bigint, ';' AS semicolon, 'a:b' AS colon, jsonb '[1]' @> '1' AS contains", "4")]
    [InlineData("SELECT 1 WHERE false", "")]
    public async Task Keys_come_from_the_first_column_ascending_and_each_once(string query, string expected)
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());

        long count = await storage.KeyQuery.CountAsync(query, Cancellation);
        IReadOnlyList<ItemKey> keys = await storage.KeyQuery.ListAsync(query, after: null, 100, Cancellation);

        Assert.Equal(expected, string.Join(',', keys));
        Assert.Equal(keys.Count, count);
    }

    [Fact]
    public async Task Text_keys_come_page_by_page_in_the_order_of_the_database()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync(), resource: Texts);
        await storage.ExecuteAsync("CREATE TABLE parts (sku varchar(40)); INSERT INTO parts VALUES ('b'), ('a'), ('B'), ('ü'), (NULL), ('a'), (''), ('a/b')");
        QuerySource source = new(storage.KeyQuery, "SELECT sku FROM parts");

        List<ItemKey> keys = [];
        for (ItemKey? last = null; await storage.KeyQuery.ListAsync("SELECT sku FROM parts", last, 2, Cancellation) is { Count: > 0 } page; last = page[^1])
            keys.AddRange(page);

        Assert.Equal(["B", "a", "a/b", "b", "ü"], keys.Select(key => key.Text!).Order(StringComparer.Ordinal));
        Assert.Equal(("query:SELECT sku FROM parts", 5L), ((await source.DescribeAsync(Cancellation)).Name, (await source.DescribeAsync(Cancellation)).Count));
        Assert.Equal(keys, await source.ReadAsync(await source.DescribeAsync(Cancellation), Cancellation).Select(item => item.Key).ToListAsync(Cancellation));
    }

    [Theory]
    [InlineData("SELEC 1", "syntax error at or near \"1\" (SQLSTATE 42601)")]
    [InlineData("DELETE FROM pg_class", "syntax error at or near \"FROM\"")]
    [InlineData("SELECT 1; SELECT 2", "syntax error at or near \";\"")]
    [InlineData("SELECT 1) AS a; DROP TABLE b; SELECT 1 FROM (SELECT 1", "cannot insert multiple commands into a prepared statement")]
    [InlineData("SELECT id FROM nowhere", "relation \"nowhere\" does not exist (SQLSTATE 42P01)")]
    [InlineData("SELECT 1 / 0", "division by zero")]
    [InlineData("SELECT nextval('counter')", "cannot execute nextval() in a read-only transaction")]
    [InlineData("SELECT $1::bigint", "")]
    [InlineData("SELECT", "table \"asked\" has 0 columns available but 1 columns specified")]
    [InlineData("SELECT 'a'", "its first column is of the type text, and keys of this resource (Resource:IdType) are integer, bigint or smallint; write column::bigint")]
    [InlineData("SELECT 1.0", "its first column is of the type numeric")]
    [InlineData("SELECT gen_random_uuid()", "its first column is of the type uuid")]
    public async Task What_is_no_query_for_keys_is_refused_with_the_reason_in_one_line(string query, string reason)
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.ExecuteAsync("CREATE SEQUENCE counter");

        IngestionConfigurationException refusal = await Assert.ThrowsAsync<IngestionConfigurationException>(() => storage.KeyQuery.CountAsync(query, Cancellation));

        Assert.StartsWith($"Ingestion:Query is '{query}', but {(reason.StartsWith("its", StringComparison.Ordinal) ? "" : "PostgreSQL says: ")}{reason}", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Theory]
    [InlineData("SELECT 1", "its first column is of the type integer, and keys of this resource (Resource:IdType) are text; write column::text")]
    [InlineData("SELECT gen_random_uuid()", "its first column is of the type uuid")]
    public async Task An_integer_is_no_text_key(string query, string reason)
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync(), resource: Texts);

        Assert.Contains(reason, (await Assert.ThrowsAsync<IngestionConfigurationException>(() => storage.KeyQuery.CountAsync(query, Cancellation))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_that_is_no_key_is_named()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync(), resource: Texts);

        Assert.StartsWith("Ingestion:Query is 'SELECT '..'', but yields '..', and a key must be text of at most 2000 bytes", (await Assert.ThrowsAsync<IngestionConfigurationException>(
            () => storage.KeyQuery.ListAsync("SELECT '..'", null, 10, Cancellation))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_goes_away_between_two_pages_is_waited_for_and_no_connection_is_held()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.ExecuteAsync("CREATE TABLE numbers AS SELECT id FROM generate_series(1, 15000) AS id");
        QuerySource source = new(storage.KeyQuery, "SELECT id FROM numbers");
        await using IAsyncEnumerator<SourceItem> items = source.ReadAsync(await source.DescribeAsync(Cancellation), Cancellation).GetAsyncEnumerator(Cancellation);
        for (int id = 1; id <= 10_000; id++)
            Assert.True(await items.MoveNextAsync());
        Assert.Equal(0, await storage.QueryAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ingestion-worker' AND datname = current_database() AND state <> 'idle'"));

        await server.KillAsync();
        Task<bool> next = items.MoveNextAsync().AsTask();
        await storage.Log.WaitForAsync(2010);
        Assert.False(next.IsCompleted);
        await server.StartAsync();

        Assert.True(await next);
        Assert.Equal(10_001, items.Current.Key.Number);
        for (int id = 10_002; id <= 15_000; id++)
            Assert.True(await items.MoveNextAsync());
        Assert.False(await items.MoveNextAsync());
    }
}
