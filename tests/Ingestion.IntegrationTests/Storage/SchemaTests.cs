using Ingestion.Configuration;
using Ingestion.Items;
using Ingestion.Storage;
using Ingestion.Storage.Postgres;
using Npgsql;

namespace Ingestion.IntegrationTests.Storage;

public sealed class SchemaTests(PostgresServer server)
{
    /// <summary>What is made after the scripts in a schema that was never used.</summary>
    private static readonly string[] Made = ["table characters", "view outcomes"];

    private const string Password = "a-secret-word";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_empty_database_is_migrated_once()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());

        IReadOnlyList<string> applied = await storage.Schema.MigrateAsync(mayRewrite: false, Cancellation);

        Assert.Equal(["0001_create_tables", "0002_resolve_failures", "0003_conditional_requests", "0004_learned_limits", "0005_upstream_of_runs", "0006_any_resource", "0007_functions_for_columns", "0008_outcomes_of_a_commit", "0009_retention", "0010_notes_of_dead_letters", "0011_answers_of_dead_letters", .. Made], applied);
        Assert.Empty(await storage.Schema.MigrateAsync(mayRewrite: false, Cancellation));
        await storage.Schema.EnsureReadyAsync(Cancellation);
        Assert.Equal(1, await storage.CountAsync("schema_versions WHERE version = 1 AND name = '0001_create_tables' AND length(checksum) = 64"));
        Assert.Null(storage.Health.Problem);
    }

    [Fact]
    public async Task Processes_that_migrate_at_the_same_time_do_not_disturb_each_other()
    {
        string database = await server.CreateDatabaseAsync();
        StorageHarness[] processes = [.. Enumerable.Range(0, 4).Select(_ => new StorageHarness(database))];

        IReadOnlyList<string>[] applied = await Task.WhenAll(processes.Select(process => process.Schema.MigrateAsync(mayRewrite: false, Cancellation)));

        Assert.Equal(
            ["0001_create_tables", "0002_resolve_failures", "0003_conditional_requests", "0004_learned_limits", "0005_upstream_of_runs", "0006_any_resource", "0007_functions_for_columns", "0008_outcomes_of_a_commit", "0009_retention", "0010_notes_of_dead_letters", "0011_answers_of_dead_letters", .. Made.Order(StringComparer.Ordinal)], applied.SelectMany(names => names).Order(StringComparer.Ordinal));
        foreach (StorageHarness process in processes)
            await process.DisposeAsync();
    }

    [Fact]
    public async Task A_database_of_the_first_version_keeps_its_data_and_learns_what_later_runs_made_good()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Migration first = Migration.All[0];
        await storage.ExecuteAsync(
            $"""
            CREATE SCHEMA ingestion;
            CREATE TABLE ingestion.schema_versions (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL, checksum text NOT NULL);
            INSERT INTO ingestion.schema_versions VALUES (1, '{first.Name}', now(), '{first.Checksum}');
            {first.Script}
            INSERT INTO ingestion.outcomes
            SELECT ('00000000-0000-7000-8000-00000000000' || run)::uuid, id, outcome, 1, CASE outcome WHEN 'Failed' THEN 'HTTP 500' END, timestamptz '2026-01-01Z' + run * interval '1 day'
            FROM (VALUES
              (1, 1, 'Failed'), (1, 2, 'Failed'), (1, 3, 'Failed'), (1, 4, 'Ingested'),
              (2, 1, 'Unchanged'), (2, 2, 'Failed'), (2, 4, 'Failed'),
              (3, 1, 'Ingested'), (3, 2, 'NotFound')) AS outcome (run, id, outcome)
            """);
        await AssertRefusedToReadAsync(storage, "run the migrate command");

        Assert.Equal(["0002_resolve_failures", "0003_conditional_requests", "0004_learned_limits", "0005_upstream_of_runs", "0006_any_resource", "0007_functions_for_columns", "0008_outcomes_of_a_commit", "0009_retention", "0010_notes_of_dead_letters", "0011_answers_of_dead_letters", .. Made], await storage.Schema.MigrateAsync(mayRewrite: false, Cancellation));

        Assert.Equal(9, await storage.CountAsync("outcomes"));
        Assert.Equal("1 1 2, 1 2 3, 1 3 -, 2 2 3, 2 4 -", await storage.QueryAsync<string>(
            """
            SELECT string_agg(concat_ws(' ', right(run_id::text, 1), item_id, coalesce(right(resolved_by::text, 1), '-')), ', ' ORDER BY run_id, item_id)
            FROM ingestion.outcomes WHERE outcome = 'Failed' AND (resolved_at IS NULL) = (resolved_by IS NULL)
            """));
        Assert.Equal(2, await storage.CountAsync("outcomes WHERE resolved_at = '2026-01-04Z'"));
        Assert.Equal([3, 4], await storage.DeadLetterIds.ListAsync(DeadLetterFilter.All, after: null, limit: 10, Cancellation));
    }

    [Fact]
    public async Task A_database_from_before_runs_had_an_upstream_keeps_its_runs_and_resumes_only_those_whose_upstream_is_known()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.ExecuteAsync(
            "CREATE SCHEMA ingestion; CREATE TABLE ingestion.schema_versions (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL, checksum text NOT NULL)");
        foreach (Migration migration in Migration.All.Where(migration => migration.Version <= 4))
            await storage.ExecuteAsync($"{migration.Script}; INSERT INTO ingestion.schema_versions VALUES ({migration.Version}, '{migration.Name}', now(), '{migration.Checksum}')");
        await storage.ExecuteAsync(
            $"""
            INSERT INTO ingestion.runs (id, source, strategy, degree_of_parallelism, requested, status, started_at, finished_at, upstream, learned_limit)
            SELECT ('00000000-0000-7000-8000-00000000000' || run)::uuid, source, 'Adaptive', 16, 10, status, now() - interval '1 hour', finished, upstream, CASE WHEN upstream IS NOT NULL THEN 8 END
            FROM (VALUES
              (1, 'ids:1-10', 'stopped', now(), NULL), (2, 'ids:1-20', 'stopped', now(), '{StorageHarness.Api}'),
              (3, 'ids:1-30', 'running', NULL, NULL), (4, 'ids:1-40', 'finished', now(), NULL)) AS run (run, source, status, finished, upstream);
            INSERT INTO ingestion.outcomes (run_id, character_id, outcome, attempts, finished_at) SELECT id, 1, 'Ingested', 1, now() FROM ingestion.runs
            """);

        await storage.Schema.EnsureReadyAsync(Cancellation);

        Assert.Equal((4, 4), (await storage.CountAsync("runs"), await storage.CountAsync("outcomes")));
        Assert.Equal([null, null, null, StorageHarness.Api], (await storage.History.ListAsync(10, run: null, Cancellation)).Select(run => run.Upstream).Order());
        Assert.Equal(8, await storage.Runs.FindLearnedLimitAsync(StorageHarness.Api, Cancellation));
        bool[] resumed = [.. await Task.WhenAll(new[] { "ids:1-10", "ids:1-20", "ids:1-30", "ids:1-40" }.Select(async source =>
            (await storage.Runs.OpenAsync(StorageHarness.Start(source, resume: true), Cancellation)).IsResumed))];
        Assert.Equal([false, true, false, false], resumed);
        Assert.Equal(["ids:1-10", "ids:1-30"], storage.Log.Texts(1005).Select(text => text.Split(' ')[5]).Order(StringComparer.Ordinal));
        Assert.All(storage.Log.Texts(1005), text => Assert.Contains("an earlier version of the worker began it", text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Rights_on_the_table_of_outcomes_hold_for_the_view_and_both_tables()
    {
        (string owner, string connectionString, string user) = await CreateUserAsync();
        await using var administrator = new StorageHarness(owner);
        await MakeVersion7Async(administrator);
        await administrator.ExecuteAsync($"GRANT USAGE ON SCHEMA ingestion TO {user}; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA ingestion TO {user}");
        await administrator.Schema.EnsureReadyAsync(Cancellation);
        await using var storage = new StorageHarness(connectionString, observerConnectionString: owner);

        Guid run = await storage.OpenRunAsync();
        await storage.WriteAscendingAsync(run, [.. Entries.FoundRange(1, 10), Entries.Failed(11)]);
        await storage.Runs.CloseAsync(run, RunStatus.Finished, Cancellation);

        await using NpgsqlDataSource asUser = NpgsqlDataSource.Create(connectionString);
        await using NpgsqlCommand read = asUser.CreateCommand("SELECT count(*) FROM ingestion.outcomes");
        Assert.Equal(11L, await read.ExecuteScalarAsync(Cancellation));
        Assert.Equal(10, (await storage.FindDoneAsync(run, Enumerable.Range(1, 10).Select(id => new ItemKey(id)))).Count);
    }

    [Fact]
    public async Task A_view_over_the_table_of_outcomes_has_to_be_dropped_before_that_becomes_a_view()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await MakeVersion7Async(storage);
        await storage.ExecuteAsync("CREATE VIEW public.mine AS SELECT item_id FROM ingestion.outcomes");

        await AssertRefusedAsync(storage, "drop the views that use it, migrate, and create them again");
        await storage.ExecuteAsync("DROP VIEW public.mine");
        await storage.Schema.EnsureReadyAsync(Cancellation);
    }

    [Fact]
    public async Task What_an_earlier_version_sends_after_the_upgrade_is_refused_as_a_whole()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();

        PostgresException refused = await Assert.ThrowsAsync<PostgresException>(() => storage.ExecuteAsync(
            $"INSERT INTO ingestion.outcomes (run_id, item_id, outcome, attempts, finished_at) VALUES ('{run}', 1, 'Ingested', 1, now()) ON CONFLICT (run_id, item_id) DO NOTHING"));

        Assert.Contains("view \"outcomes\"", refused.MessageText, StringComparison.Ordinal);
        Assert.Equal(StorageVerdict.Configuration, PostgresErrors.Judge(refused));
    }

    [Fact]
    public async Task A_schema_that_is_newer_than_the_program_is_refused()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.Schema.MigrateAsync(mayRewrite: false, Cancellation);
        await storage.ExecuteAsync("INSERT INTO ingestion.schema_versions VALUES (99, '0099_future', now(), 'x')");

        await AssertRefusedAsync(storage, "version 99");
    }

    [Fact]
    public async Task A_schema_made_by_another_script_is_refused()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.Schema.MigrateAsync(mayRewrite: false, Cancellation);
        await storage.ExecuteAsync("UPDATE ingestion.schema_versions SET checksum = 'x'");

        await AssertRefusedAsync(storage, "0001_create_tables");
    }

    [Fact]
    public async Task Without_MigrateOnStart_a_missing_schema_is_an_error_that_names_the_command()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync(), options => options.MigrateOnStart = false);

        await AssertRefusedAsync(storage, "run the migrate command");
        Assert.False(await storage.QueryAsync<bool>("SELECT to_regnamespace('ingestion') IS NOT NULL"));

        await storage.Schema.MigrateAsync(mayRewrite: false, Cancellation);
        await storage.Schema.EnsureReadyAsync(Cancellation);
    }

    [Fact]
    public async Task A_table_that_is_gone_is_an_error()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.Schema.MigrateAsync(mayRewrite: false, Cancellation);
        await storage.ExecuteAsync("DROP TABLE ingestion.item_outcomes CASCADE");

        await AssertRefusedAsync(storage, "ingestion.item_outcomes");
    }

    [Fact]
    public async Task Tables_of_something_else_are_left_alone()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.ExecuteAsync("CREATE SCHEMA ingestion; CREATE TABLE ingestion.runs (id integer)");

        await AssertRefusedAsync(storage, "use another database");
        Assert.False(await storage.QueryAsync<bool>("SELECT to_regclass('ingestion.characters') IS NOT NULL"));
    }

    [Theory]
    [InlineData("SELECT 1", "permission denied for schema ingestion")]
    [InlineData("GRANT USAGE ON SCHEMA ingestion TO {0}", "permission denied for table schema_versions")]
    [InlineData("GRANT USAGE ON SCHEMA ingestion TO {0}; GRANT SELECT ON ALL TABLES IN SCHEMA ingestion TO {0}", "INSERT on ingestion.item_outcomes")]
    [InlineData("GRANT USAGE ON SCHEMA ingestion TO {0}; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA ingestion TO {0}; REVOKE UPDATE ON ingestion.characters FROM {0}", "UPDATE on ingestion.characters")]
    [InlineData("GRANT USAGE ON SCHEMA ingestion TO {0}; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA ingestion TO {0}; REVOKE UPDATE ON ingestion.item_outcomes FROM {0}", "UPDATE on ingestion.item_outcomes")]
    public async Task Tables_owned_by_somebody_else_are_an_error_at_start(string grant, string missing)
    {
        (string owner, string connectionString, string user) = await CreateUserAsync();
        await using var storage = new StorageHarness(connectionString, observerConnectionString: owner);
        await using (var administrator = new StorageHarness(owner))
            await administrator.Schema.MigrateAsync(mayRewrite: false, Cancellation);
        await storage.ExecuteAsync(string.Format(grant, user));

        string error = await AssertRefusedAsync(storage, missing);

        Assert.Contains($"user {user}", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_with_only_the_privileges_of_a_run_can_run()
    {
        (string owner, string connectionString, string user) = await CreateUserAsync();
        await using var storage = new StorageHarness(connectionString, observerConnectionString: owner);
        await using (var administrator = new StorageHarness(owner))
            await administrator.Schema.MigrateAsync(mayRewrite: false, Cancellation);
        await storage.ExecuteAsync($"GRANT USAGE ON SCHEMA ingestion TO {user}; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA ingestion TO {user}");

        Guid run = await storage.OpenRunAsync();
        await storage.WriteAsync(run, Entries.Found(1), Entries.NotFound(2));
        await storage.Runs.CloseAsync(run, RunStatus.Finished, Cancellation);
    }

    [Fact]
    public async Task A_user_who_may_not_create_the_schema_is_an_error()
    {
        (string owner, string connectionString, _) = await CreateUserAsync();
        await using var storage = new StorageHarness(connectionString, observerConnectionString: owner);

        await AssertRefusedAsync(storage, "permission denied for database");
    }

    [Fact]
    public async Task A_database_that_is_read_only_is_an_error()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync() + ";Options=-c default_transaction_read_only=on");

        await AssertRefusedAsync(storage, "read-only");
    }

    [Theory]
    [InlineData("Database", "nowhere", "createdb nowhere")]
    [InlineData("Username", "nobody_at_all", "correct Username and Password")]
    public async Task A_wrong_name_is_an_error_at_once(string key, string value, string advice)
    {
        var settings = new NpgsqlConnectionStringBuilder(await server.CreateDatabaseAsync()) { [key] = value };
        await using var storage = new StorageHarness(settings.ConnectionString, options => options.StartupTimeout = TimeSpan.FromHours(1));

        await AssertRefusedAsync(storage, advice);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_in_time_is_not_available()
    {
        await using var storage = new StorageHarness($"Host=127.0.0.1;Port=1;Database=x;Username=y;Password={Password}", options => options.StartupTimeout = TimeSpan.Zero);

        var exception = await Assert.ThrowsAsync<IngestionUnavailableException>(() => storage.Schema.EnsureReadyAsync(Cancellation));

        Assert.Contains("host 127.0.0.1, port 1, database x, user y", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Storage:StartupTimeout", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, exception.Message, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings:Postgres", (await Assert.ThrowsAsync<IngestionUnavailableException>(() => storage.History.ListAsync(1, run: null, Cancellation))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData($"Password={Password};Username=x")]
    [InlineData($"Host=x;Prot=5432;Password={Password}")]
    [InlineData($"Host=x;Port=abc;Password={Password}")]
    [InlineData($"Host=x;Password=abc;{Password}")]
    [InlineData($"Host=x;Password={Password};Target Session Attributes=primary")]
    public void A_connection_string_that_cannot_be_used_is_refused_without_showing_it(string connectionString)
    {
        var exception = Assert.Throws<IngestionConfigurationException>(() => new StorageHarness(connectionString));

        string error = Assert.Single(exception.Errors);
        Assert.StartsWith("ConnectionStrings:Postgres ", error, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, exception.ToString(), StringComparison.Ordinal);
    }

    private static async Task AssertRefusedToReadAsync(StorageHarness storage, string expected)
    {
        var exception = await Assert.ThrowsAsync<IngestionConfigurationException>(() => storage.DeadLetters.SummarizeAsync(DeadLetterFilter.All, Cancellation));
        Assert.Contains(expected, Assert.Single(exception.Errors), StringComparison.Ordinal);
    }

    private static async Task<string> AssertRefusedAsync(StorageHarness storage, string expected)
    {
        var exception = await Assert.ThrowsAsync<IngestionConfigurationException>(() => storage.Schema.EnsureReadyAsync(Cancellation));
        string error = Assert.Single(exception.Errors);
        Assert.Contains("ConnectionStrings:Postgres", error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
        Assert.DoesNotContain(Password, error, StringComparison.Ordinal);
        return error;
    }

    /// <summary>As it was before outcomes became a view, with a table for characters.</summary>
    private static async Task MakeVersion7Async(StorageHarness storage)
    {
        await storage.Schema.EnsureReadyAsync(Cancellation);
        await storage.ExecuteAsync(
            """
            DROP VIEW ingestion.outcomes;
            DROP TABLE ingestion.commit_outcomes;
            ALTER TABLE ingestion.item_outcomes RENAME TO outcomes;
            ALTER TABLE ingestion.runs DROP COLUMN owner, DROP COLUMN epoch;
            DELETE FROM ingestion.schema_versions WHERE version = 8
            """);
    }

    private async Task<(string Owner, string ConnectionString, string User)> CreateUserAsync()
    {
        string owner = await server.CreateDatabaseAsync();
        string user = "user_" + Guid.NewGuid().ToString("N");
        await using NpgsqlDataSource administrator = NpgsqlDataSource.Create(owner);
        await using NpgsqlCommand command = administrator.CreateCommand($"CREATE ROLE {user} LOGIN");
        await command.ExecuteNonQueryAsync(Cancellation);
        return (owner, new NpgsqlConnectionStringBuilder(owner) { Username = user, Password = Password }.ConnectionString, user);
    }
}
