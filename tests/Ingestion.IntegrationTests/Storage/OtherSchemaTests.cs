using Ingestion.Configuration;
using Ingestion.Items;
using Ingestion.Storage;
using Ingestion.Storage.Postgres;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>Storage:Schema: another schema than ingestion, and what the two know of each other.</summary>
public sealed class OtherSchemaTests(PostgresServer server)
{
    // Words of SQL, which are names only between quotation marks.
    public static TheoryData<string> Names => ["other", "select", "_1", "ingestion_2", new string('x', 63)];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Names))]
    public async Task Everything_works_in_another_schema_and_nothing_happens_in_this_one(string name)
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync(), options => options.Schema = name);

        Guid run = await storage.OpenRunAsync();
        await storage.WriteAsync(run, Entries.Found(1), Entries.NotFound(2), Entries.Failed(3));
        await storage.Runs.CloseAsync(run, RunStatus.Stopped, Cancellation);
        OpenedRun resumed = await storage.Runs.OpenAsync(StorageHarness.Start(resume: true), Cancellation);
        await storage.RedriveAsync(run, Entries.Found(4));
        await storage.Runs.CloseAsync(run, RunStatus.Finished, Cancellation);

        Assert.Equal((run, true), (resumed.Id, resumed.IsResumed));
        Assert.Equal([3], await storage.DeadLetterIds.ListAsync(DeadLetterFilter.All, after: null, limit: 10, Cancellation));
        Assert.Equal(1, await storage.DeadLetters.CountAsync(DeadLetterFilter.All, Cancellation));
        Assert.Equal(1, (await storage.DeadLetters.SummarizeAsync(DeadLetterFilter.All, Cancellation)).Count);
        Assert.Equal(new OutcomeCounts(2, 0, 1, 1), Assert.Single(await storage.History.ListAsync(1, run: null, Cancellation)).Counts);
        Assert.Equal(4, await storage.QueryAsync<long>($"SELECT count(*) FROM \"{name}\".outcomes"));
        Assert.False(await storage.QueryAsync<bool>("SELECT to_regnamespace('ingestion') IS NOT NULL"));
        Assert.Equal(0, await storage.QueryAsync<long>("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"));
    }

    [Fact]
    public async Task The_scripts_keep_their_checksums_in_another_schema()
    {
        string database = await server.CreateDatabaseAsync();
        await using var usual = new StorageHarness(database);
        await using var other = new StorageHarness(database, options => options.Schema = "other");

        Assert.Equal(await usual.Schema.MigrateAsync(mayRewrite: false, Cancellation), await other.Schema.MigrateAsync(mayRewrite: false, Cancellation));

        const string versions = "SELECT string_agg(version || name || checksum, ',' ORDER BY version) FROM ";
        Assert.Equal(await usual.QueryAsync<string>(versions + "ingestion.schema_versions"), await usual.QueryAsync<string>(versions + "other.schema_versions"));
        const string shape = "SELECT string_agg(concat_ws(' ', table_name, column_name, data_type, is_nullable), ',' ORDER BY table_name, ordinal_position) FROM information_schema.columns WHERE table_schema = ";
        Assert.Equal(await usual.QueryAsync<string>(shape + "'ingestion'"), await usual.QueryAsync<string>(shape + "'other'"));
        const string indexes = "SELECT string_agg(replace(indexdef, 'other.', 'ingestion.'), ',' ORDER BY indexname) FROM pg_indexes WHERE schemaname = ";
        Assert.Equal(await usual.QueryAsync<string>(indexes + "'ingestion'"), await usual.QueryAsync<string>(indexes + "'other'"));
    }

    [Fact]
    public async Task The_same_source_may_be_ingested_into_two_schemas_at_once()
    {
        string database = await server.CreateDatabaseAsync();
        await using var usual = new StorageHarness(database);
        await using var other = new StorageHarness(database, options => options.Schema = "other");

        await using ISourceLease first = await usual.Runs.LeaseSourceAsync("ids:1-10", Cancellation);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await using ISourceLease second = await other.Runs.LeaseSourceAsync("ids:1-10", patience.Token);

        Assert.Equal(2, await usual.QueryAsync<long>(
            """
            SELECT count(*) FROM pg_locks, unnest(ARRAY['ingestion:source:ids:1-10', 'other:source:ids:1-10']) AS key
            WHERE locktype = 'advisory' AND granted AND (classid::bigint << 32) | objid::bigint = hashtextextended(key, 0)
              AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """));
    }

    [Fact]
    public async Task Errors_name_the_schema_that_is_meant()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync(), options => options.Schema = "other");
        await storage.ExecuteAsync("CREATE SCHEMA other; CREATE TABLE other.runs (id integer)");

        var exception = await Assert.ThrowsAsync<IngestionConfigurationException>(() => storage.Schema.EnsureReadyAsync(Cancellation));

        Assert.Contains("the schema other has tables of something else", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SQL_for_the_usual_schema_is_as_it_is_written()
    {
        Assert.All(Migration.All, migration => Assert.Same(migration.Script, new SchemaName("ingestion").In(migration.Script)));
        Assert.All(Migration.All, migration => Assert.DoesNotMatch(@"(?m)^[^-]*\bingestion\b", new SchemaName("other").In(migration.Script)));
        Assert.DoesNotContain("ingestion", new SchemaName("other").In(CommitStatement.RedriveText), StringComparison.Ordinal);
    }
}
