using Ingestion.Configuration;
using Ingestion.Items;
using Ingestion.Records;
using Ingestion.Storage;
using Ingestion.Storage.Postgres;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>The table is what the configuration says, and what is stored stays.</summary>
public sealed class ResourceTableTests(PostgresServer server)
{
    private const string Columns =
        """
        SELECT string_agg(column_name || ' ' || udt_name, ', ' ORDER BY column_name) FROM information_schema.columns WHERE table_schema = 'ingestion' AND table_name = 'characters'
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_columns_are_read_from_the_record()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();

        await storage.WriteAsync(run, Entries.Found(
            7,
            raw: """
            {"id":7,"name":"Abradolf Lincler","status":"unknown","species":"Human","type":"Genetic experiment","gender":"Male",
            "origin":{"name":"Earth (Replacement Dimension)","url":"https://rickandmortyapi.com/api/location/20"},"location":{"name":"Testicle Monster Dimension","url":""},
            "image":"https://rickandmortyapi.com/api/character/avatar/7.jpeg","episode":["https://rickandmortyapi.com/api/episode/10","https://rickandmortyapi.com/api/episode/11"],
            "url":"https://rickandmortyapi.com/api/character/7","created":"2017-11-04T19:59:20.523Z"}
            """));

        Assert.Equal(
            "7|Abradolf Lincler|unknown|Human|Genetic experiment|Male|Earth (Replacement Dimension)|https://rickandmortyapi.com/api/location/20|Testicle Monster Dimension||"
            + "https://rickandmortyapi.com/api/character/avatar/7.jpeg|{10,11}|https://rickandmortyapi.com/api/character/7|true",
            await storage.QueryAsync<string>(
                """
                SELECT concat_ws('|', id, name, status, species, type, gender, origin_name, origin_url, location_name, location_url, image, episode_ids, url, (created = timestamptz '2017-11-04 19:59:20.523Z')::text)
                FROM ingestion.characters
                """));
        Assert.Equal(
            "changed_at timestamptz, content_hash bytea, created timestamptz, episode_ids _int4, etag text, fetched_at timestamptz, fingerprint_iterations int4, gender text, id int8, image text, "
            + "ingested_at timestamptz, location_name text, location_url text, name text, origin_name text, origin_url text, raw jsonb, run_id uuid, sanitized bool, species text, status text, type text, url text",
            await storage.QueryAsync<string>(Columns));
    }

    [Theory]
    [InlineData("2017-11-04T18:48:46.250Z", "2017-11-04 18:48:46.25")]
    [InlineData("2017-11-04T18:48:46+02:00", "2017-11-04 16:48:46")]
    [InlineData("2017-11-04T18:48:46-0330", "2017-11-04 22:18:46")]
    [InlineData("2017-11-04T18:48:46", "2017-11-04 18:48:46")]
    [InlineData("2017-11-04 18:48", "2017-11-04 18:48:00")]
    [InlineData("2017-11-04", "2017-11-04 00:00:00")]
    public async Task Times_are_those_of_the_record_whatever_the_session_has_for_a_time_zone(string created, string expected)
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync() + ";Timezone=America/St_Johns;Options=-c DateStyle=German,DMY");
        Guid run = await storage.OpenRunAsync();

        await storage.WriteAsync(run, Entries.Found(1, raw: $$"""{"created":"{{created}}"}"""));

        Assert.Equal(expected, await storage.QueryAsync<string>("SELECT to_char(created AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || trim(trailing '0' from to_char(created, '.US')) FROM ingestion.characters").ContinueWith(text => text.Result.TrimEnd('.'), TaskScheduler.Default));
    }

    [Fact]
    public async Task A_database_of_version_5_is_migrated_in_place()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await MakeVersion5Async(storage);
        const string typed = "SELECT string_agg(concat_ws('|', id, name, status, origin_name, episode_ids, created AT TIME ZONE 'UTC', raw, content_hash, etag, ingested_at, changed_at, run_id), E'\\n' ORDER BY id) FROM ingestion.characters";
        string before = await storage.QueryAsync<string>(typed);
        string columns = await storage.QueryAsync<string>(Columns);

        IReadOnlyList<string> applied = await storage.Schema.MigrateAsync(mayRewrite: false, Cancellation);

        Assert.Equal(["0006_any_resource", "0007_functions_for_columns", "0008_outcomes_of_a_commit", "0009_retention", "0010_notes_of_dead_letters", "0011_answers_of_dead_letters", "column characters.id", "column characters.fetched_at", "view outcomes"], applied.Take(9));
        Assert.Equal(before, await storage.QueryAsync<string>(typed));
        Assert.Equal(columns.Replace("id int4", "id int8", StringComparison.Ordinal).Replace("fingerprint_", "fetched_at timestamptz, fingerprint_", StringComparison.Ordinal), await storage.QueryAsync<string>(Columns));
        Assert.Equal(13, await storage.QueryAsync<long>("SELECT count(*) FROM pg_attribute WHERE attrelid = 'ingestion.characters'::regclass AND attgenerated = 's'"));
        Assert.Equal([2], await storage.DeadLetterIds.ListAsync(DeadLetterFilter.All, after: null, limit: 10, Cancellation));
        Assert.Equal((2, 3), (await storage.CountAsync("runs"), await storage.CountAsync("outcomes")));
        OpenedRun resumed = await storage.Runs.OpenAsync(StorageHarness.Start(resume: true), Cancellation);
        Assert.True(resumed.IsResumed);
        Assert.Contains(1, await storage.FindDoneAsync(resumed.Id, 1, 3));

        CommittedOutcome[] results = await storage.WriteAsync(resumed.Id, Entries.Found(3, "New"), Entries.Found(1, "Changed"));

        Assert.Equal([Outcome.Ingested, Outcome.Unchanged], results.Select(result => result.Outcome));
        Assert.Equal("Changed, New", await storage.QueryAsync<string>("SELECT string_agg(name, ', ' ORDER BY id) FROM ingestion.characters"));
        Assert.Empty(await storage.Schema.MigrateAsync(mayRewrite: false, Cancellation));
    }

    [Fact]
    public async Task A_column_that_is_added_changed_or_removed_is_made_of_what_is_stored()
    {
        string database = await server.CreateDatabaseAsync();
        await using var storage = new StorageHarness(database);
        Guid run = await storage.OpenRunAsync();
        await storage.WriteAsync(run, Entries.FoundRange(1, 10));
        Resource changed = Resources.With(
            ("Resource:Columns:padding_length", "integer = length(raw->>'padding')"), ("Resource:Columns:name", "varchar(10) /name"), ("Resource:Columns:gender", ""), ("Resource:Columns:order", "text /origin/url"));
        await using var waiting = new StorageHarness(database, options => options.MigrateOnStart = false, resource: changed);
        IngestionConfigurationException missing = await Assert.ThrowsAsync<IngestionConfigurationException>(() => waiting.Schema.EnsureReadyAsync(Cancellation));
        Assert.Contains("column characters.gender removed, column characters.name, column characters.order, column characters.padding_length", missing.Message, StringComparison.Ordinal);
        Assert.Contains("run the migrate command", missing.Message, StringComparison.Ordinal);
        await using var migrated = new StorageHarness(database, resource: changed);

        await migrated.Schema.EnsureReadyAsync(Cancellation);

        await waiting.Schema.EnsureReadyAsync(Cancellation);
        Assert.Equal(10, await storage.CountAsync("""characters WHERE padding_length = 400 AND name = 'Rick' AND "order" = 'https://example.test/location/1'"""));
        Assert.Contains("name varchar", await storage.QueryAsync<string>(Columns), StringComparison.Ordinal);
        Assert.DoesNotContain("gender", await storage.QueryAsync<string>(Columns), StringComparison.Ordinal);
        CommittedOutcome result = Assert.Single(await migrated.WriteAsync(await migrated.OpenRunAsync(), Entries.Found(11, "A name that is too long")));
        Assert.Equal((Outcome.Failed, true), (result.Outcome, result.Error!.Contains("22001", StringComparison.Ordinal)));
        await storage.Schema.EnsureReadyAsync(Cancellation);
        Assert.Contains("gender text", await storage.QueryAsync<string>(Columns), StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_than_a_million_rows_are_not_written_anew_unless_it_is_asked_for()
    {
        string database = await server.CreateDatabaseAsync();
        await using var storage = new StorageHarness(database);
        Guid run = await storage.OpenRunAsync();
        await storage.ExecuteAsync(
            $"INSERT INTO ingestion.characters (id, raw, content_hash, sanitized, ingested_at, changed_at, run_id) SELECT id, '{{}}', '', false, now(), now(), '{run}' FROM generate_series(1, {ResourceTable.MostRewritten + 1}) AS id");
        await using var changed = new StorageHarness(database, resource: Resources.With(("Resource:Columns:nick", "text /nick")));

        IngestionConfigurationException refused = await Assert.ThrowsAsync<IngestionConfigurationException>(() => changed.Schema.EnsureReadyAsync(Cancellation));

        Assert.Contains("ingestion.characters has more than 1000000 rows", Assert.Single(refused.Errors), StringComparison.Ordinal);
        Assert.Contains("column characters.nick; run migrate --rewrite", refused.Message, StringComparison.Ordinal);
        await using (var removed = new StorageHarness(database, resource: Resources.With(("Resource:Columns:gender", ""))))
            Assert.Equal(["column characters.gender removed"], await removed.Schema.MigrateAsync(mayRewrite: false, Cancellation));
        Assert.Equal(["column characters.gender", "column characters.nick"], await changed.Schema.MigrateAsync(mayRewrite: true, Cancellation));
        await changed.Schema.EnsureReadyAsync(Cancellation);
    }

    [Theory]
    [InlineData("txet /name", "type \"txet\" does not exist (SQLSTATE 42704)")]
    [InlineData("text = raw->>'name' || now()", "generation expression is not immutable (SQLSTATE 42P17)")]
    [InlineData("text = (raw->>'name'", "syntax error")]
    [InlineData("text = (SELECT 'x')", "cannot use subquery")]
    [InlineData("integer = raw->>'name'", "SQLSTATE 42804")]
    [InlineData("text = nickname", "column \"nickname\" does not exist")]
    [InlineData("time /created", "not immutable")]
    [InlineData("text = ingestion.no_such(raw)", "does not exist")]
    [InlineData("numeric(2000) /height", "SQLSTATE 22023")]
    public async Task A_column_that_PostgreSQL_does_not_take_is_named_with_its_reason(string definition, string reason)
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync(), resource: Resources.With(("Resource:Columns:wrong", definition)));

        foreach (Func<Task> start in new Func<Task>[] { () => storage.Schema.EnsureReadyAsync(Cancellation), () => storage.Schema.MigrateAsync(mayRewrite: true, Cancellation) })
        {
            string error = Assert.Single((await Assert.ThrowsAsync<IngestionConfigurationException>(start)).Errors);
            Assert.StartsWith($"Resource:Columns:wrong is '{definition}', but PostgreSQL says: ", error, StringComparison.Ordinal);
            Assert.Contains(reason, error, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error);
        }

        Assert.False(await storage.QueryAsync<bool>("SELECT to_regclass('ingestion.characters') IS NOT NULL OR to_regclass('ingestion.column_on_trial') IS NOT NULL"));
    }

    [Fact]
    public async Task A_column_that_stored_records_cannot_fill_leaves_the_table_as_it_was()
    {
        string database = await server.CreateDatabaseAsync();
        await using var storage = new StorageHarness(database);
        await storage.WriteAsync(await storage.OpenRunAsync(), Entries.Found(1));
        string columns = await storage.QueryAsync<string>(Columns);
        await using var changed = new StorageHarness(database, resource: Resources.With(("Resource:Columns:number", "integer /name")));

        string error = Assert.Single((await Assert.ThrowsAsync<IngestionConfigurationException>(() => changed.Schema.EnsureReadyAsync(Cancellation))).Errors);

        Assert.Contains("cannot be filled from the records that are stored (number): invalid input syntax for type integer: \"Rick\"", error, StringComparison.Ordinal);
        Assert.Equal(columns, await storage.QueryAsync<string>(Columns));
    }

    [Theory]
    [InlineData("Resource:Name", "episodes", "Resource:Name is 'episodes', but the schema ingestion was made for the resource characters")]
    [InlineData("Resource:IdType", "Text", "Resource:IdType is 'Text', but the schema ingestion was made for keys of the type bigint")]
    [InlineData("Resource:Columns:mine", "text /mine", "Resource:Columns:mine is 'text /mine', but the table ingestion.characters has a column of that name")]
    public async Task A_schema_that_was_made_for_something_else_is_refused(string key, string value, string expected)
    {
        string database = await server.CreateDatabaseAsync();
        await using var storage = new StorageHarness(database);
        await storage.OpenRunAsync();
        await storage.ExecuteAsync("ALTER TABLE ingestion.characters ADD COLUMN mine integer");
        await using var other = new StorageHarness(database, resource: Resources.With((key, value)));

        Assert.StartsWith(expected, Assert.Single((await Assert.ThrowsAsync<IngestionConfigurationException>(() => other.Schema.EnsureReadyAsync(Cancellation))).Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_that_somebody_else_made_is_not_taken_over()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync(), resource: Resources.With(("Resource:Name", "order")));
        await storage.ExecuteAsync("CREATE SCHEMA ingestion; CREATE TABLE ingestion.\"order\" (id bigint)");

        Assert.Contains("a table of that name which is something else", (await Assert.ThrowsAsync<IngestionConfigurationException>(() => storage.Schema.EnsureReadyAsync(Cancellation))).Message, StringComparison.Ordinal);

        await storage.ExecuteAsync("DROP TABLE ingestion.\"order\"");
        await storage.WriteAsync(await storage.OpenRunAsync(), Entries.Found(1));
        Assert.Equal(1, await storage.CountAsync("order WHERE name = 'Rick'"));
    }

    [Fact]
    public async Task A_run_over_another_path_is_not_resumed()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid first = await storage.OpenRunAsync();

        OpenedRun other = await storage.Runs.OpenAsync(StorageHarness.Start(resume: true, path: "v2/character/{id}"), Cancellation);

        Assert.NotEqual(first, other.Id);
        Assert.Contains("its resource was character/{id}, and now it is v2/character/{id}", Assert.Single(storage.Log.Texts(1005)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_to_an_older_request_does_not_replace_a_newer_record()
    {
        string database = await server.CreateDatabaseAsync();
        await using var storage = new StorageHarness(database);
        await using var other = new StorageHarness(database);
        Guid run = await storage.OpenRunAsync();
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        await storage.WriteAsync(run, Entries.Found(1, "first", fetchedAt: now.AddMinutes(-2)));
        await storage.WriteSharedAsync(run, Entries.Found(1, "newer", fetchedAt: now.AddSeconds(-30)));

        CommittedOutcome[] late = await other.WriteSharedAsync(run, Entries.Found(1, "older", fetchedAt: now.AddMinutes(-1)));

        Assert.Equal([Outcome.Unchanged], late.Select(result => result.Outcome));
        Assert.Equal("newer", await storage.QueryAsync<string>("SELECT name FROM ingestion.characters"));

        // A clock that is years ahead is not in the way of the others.
        await storage.WriteSharedAsync(run, Entries.Found(1, "ahead", fetchedAt: now.AddYears(50)));
        await other.WriteSharedAsync(run, Entries.Found(1, "right", fetchedAt: TimeProvider.System.GetUtcNow().AddSeconds(1)));
        Assert.Equal("right", await storage.QueryAsync<string>("SELECT name FROM ingestion.characters"));
    }

    [Fact]
    public async Task A_record_stored_before_the_clock_of_the_server_was_set_back_is_replaced()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        await storage.WriteAsync(run, Entries.Found(1, "before"));
        await storage.ExecuteAsync("UPDATE ingestion.characters SET fetched_at = fetched_at + interval '1 hour'");

        CommittedOutcome[] next = await storage.WriteSharedAsync(run, Entries.Found(1, "after"));

        Assert.Equal([Outcome.Ingested], next.Select(result => result.Outcome));
        Assert.Equal("after", await storage.QueryAsync<string>("SELECT name FROM ingestion.characters"));
    }

    private static async Task MakeVersion5Async(StorageHarness storage)
    {
        await storage.ExecuteAsync("CREATE SCHEMA ingestion; CREATE TABLE ingestion.schema_versions (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL, checksum text NOT NULL)");
        foreach (Migration migration in Migration.All.Where(migration => migration.Version <= 5))
            await storage.ExecuteAsync($"{migration.Script}; INSERT INTO ingestion.schema_versions VALUES ({migration.Version}, '{migration.Name}', now(), '{migration.Checksum}')");
        await storage.ExecuteAsync(
            $$"""
            INSERT INTO ingestion.runs (id, source, strategy, degree_of_parallelism, requested, status, started_at, finished_at, upstream)
            VALUES ('00000000-0000-7000-8000-000000000001', 'ids:1-3', 'Async', 16, 3, 'finished', now() - interval '2 hours', now(), '{{StorageHarness.Api}}'),
              ('00000000-0000-7000-8000-000000000002', 'ids:1-10', 'Async', 16, 10, 'stopped', now() - interval '1 hour', now(), '{{StorageHarness.Api}}');
            INSERT INTO ingestion.outcomes (run_id, character_id, outcome, attempts, error, finished_at)
            VALUES ('00000000-0000-7000-8000-000000000001', 1, 'Ingested', 1, NULL, now()), ('00000000-0000-7000-8000-000000000001', 2, 'Failed', 5, 'HTTP 500', now()),
              ('00000000-0000-7000-8000-000000000002', 1, 'Unchanged', 1, NULL, now());
            INSERT INTO ingestion.characters
            SELECT id, 'Rick', 'Alive', 'Human', '', 'Male', 'Earth', 'https://x/location/1', 'Citadel', 'https://x/location/3', 'https://x/1.jpeg', '{1,28}', 'https://x/character/1', '2017-11-04T18:48:46.25Z',
              jsonb_build_object('id', id, 'name', 'Rick', 'status', 'Alive', 'species', 'Human', 'type', '', 'gender', 'Male', 'origin', '{"name":"Earth","url":"https://x/location/1"}'::jsonb,
                'location', '{"name":"Citadel","url":"https://x/location/3"}'::jsonb, 'image', 'https://x/1.jpeg', 'episode', '["https://x/episode/1","https://x/episode/28"]'::jsonb,
                'url', 'https://x/character/1', 'created', '2017-11-04T18:48:46.250Z'),
              '\x00', false, now(), now(), '00000000-0000-7000-8000-000000000001', '"tag"', 0
            FROM (VALUES (1), (3)) AS row (id)
            """);
    }
}
