using Ingestion.Storage;

namespace Ingestion.IntegrationTests.Storage;

public sealed class ScratchSchemaTests(PostgresServer server)
{
    private const string Count = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'ingestion%'";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_process_has_made_is_dropped_and_nothing_else()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.Schema.MigrateAsync(mayRewrite: false, Cancellation);
        await storage.ExecuteAsync("CREATE SCHEMA ingestion_compare_mine; CREATE SCHEMA ingestion_compare_00_x; CREATE SCHEMA ingestion_compare_1");

        await using (IScratchSpace scratch = await storage.Scratch.ClaimAsync(Cancellation))
        {
            await CreateAsync(storage, scratch.NextName());
            await CreateAsync(storage, scratch.NextName());
            Assert.Equal(6, await storage.QueryAsync<long>(Count));
            await scratch.DropAllAsync();
            Assert.Equal(4, await storage.QueryAsync<long>(Count));
            await CreateAsync(storage, scratch.NextName());
        }

        Assert.Equal(4, await storage.QueryAsync<long>(Count));
        Assert.Equal(0, await storage.CountAsync("runs"));
    }

    [Fact]
    public async Task What_a_dead_process_left_behind_is_dropped_and_what_a_living_one_uses_is_not()
    {
        string database = await server.CreateDatabaseAsync();
        await using var living = new StorageHarness(database);
        await using var next = new StorageHarness(database, options => options.Schema = "other");
        await using IScratchSpace used = await living.Scratch.ClaimAsync(Cancellation);
        string name = used.NextName();
        await CreateAsync(living, name);
        await living.ExecuteAsync("CREATE SCHEMA ingestion_compare_0123456789ab_1; CREATE TABLE ingestion_compare_0123456789ab_1.runs (id integer); CREATE SCHEMA ingestion_compare_0123456789ab_22");

        await using IScratchSpace scratch = await next.Scratch.ClaimAsync(Cancellation);

        Assert.Equal(name, await living.QueryAsync<string>("SELECT string_agg(nspname, ',') FROM pg_namespace WHERE nspname LIKE 'ingestion%'"));
        Assert.NotEqual(name, scratch.NextName());
    }

    [Fact]
    public async Task A_process_whose_connection_was_cut_still_owns_its_schemas()
    {
        string database = await server.CreateDatabaseAsync();
        await using var living = new StorageHarness(database);
        await using var next = new StorageHarness(database);
        await using IScratchSpace used = await living.Scratch.ClaimAsync(Cancellation);
        await CreateAsync(living, used.NextName());

        await next.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())");
        await living.Log.WaitForAsync(2034);
        await using IScratchSpace scratch = await next.Scratch.ClaimAsync(Cancellation);

        Assert.Equal(1, await living.QueryAsync<long>(Count));
    }

    private static Task CreateAsync(StorageHarness storage, string name) => storage.ExecuteAsync($"CREATE SCHEMA {name}; CREATE TABLE {name}.runs (id integer)");
}
