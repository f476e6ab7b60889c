using Ingestion.Configuration;
using Ingestion.Storage;
using Ingestion.Storage.Postgres;
using Npgsql;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>Every class of SQLSTATE is about waiting, about a row, or about the configuration; and a server that answers with it is met accordingly.</summary>
public sealed class VerdictTests(PostgresServer server)
{
    /// <summary>Raises a code for a character whose name is one.</summary>
    private const string RaiseName =
        """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.raw->>'name' ~ '^[0-9A-Z]{5}$' THEN RAISE EXCEPTION 'no % here', NEW.id USING ERRCODE = NEW.raw->>'name'; END IF;
          RETURN NEW;
        END $$;
        CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON ingestion.characters FOR EACH ROW EXECUTE FUNCTION refuse();
        """;

    /// <summary>The classes of PostgreSQL 18 but 00 to 02, which are no errors, with a code of each; and one that only a trigger can come up with.</summary>
    public static TheoryData<string, string, string> Codes => new()
    {
        { "03000", "Row", "Configuration" }, { "08006", "Wait", "Wait" }, { "09000", "Row", "Configuration" }, { "0A000", "Configuration", "Configuration" },
        { "0B000", "Configuration", "Configuration" }, { "0F001", "Row", "Configuration" }, { "0L000", "Configuration", "Configuration" }, { "0P000", "Configuration", "Configuration" },
        { "0Z002", "Row", "Configuration" }, { "10608", "Row", "Configuration" }, { "20000", "Row", "Configuration" }, { "21000", "Row", "Configuration" },
        { "22P02", "Row", "Configuration" }, { "23505", "Row", "Configuration" }, { "24000", "Row", "Configuration" }, { "25001", "Configuration", "Configuration" },
        { "25006", "Wait", "Wait" }, { "25P03", "Wait", "Wait" }, { "25P04", "Wait", "Wait" }, { "26000", "Configuration", "Configuration" }, { "27000", "Row", "Configuration" },
        { "28P01", "Configuration", "Configuration" }, { "2B000", "Row", "Configuration" }, { "2D000", "Row", "Configuration" }, { "2F000", "Row", "Configuration" },
        { "34000", "Row", "Configuration" }, { "38000", "Row", "Configuration" }, { "39000", "Row", "Configuration" }, { "3B000", "Row", "Configuration" },
        { "3D000", "Configuration", "Configuration" }, { "3F000", "Configuration", "Configuration" }, { "40001", "Wait", "Wait" }, { "42P01", "Configuration", "Configuration" },
        { "44000", "Row", "Configuration" }, { "53300", "Wait", "Wait" }, { "54000", "Row", "Configuration" }, { "55000", "Configuration", "Wait" }, { "55P03", "Wait", "Wait" },
        { "57014", "Wait", "Wait" }, { "57P01", "Wait", "Wait" }, { "58030", "Wait", "Wait" }, { "72000", "Wait", "Wait" }, { "F0000", "Configuration", "Configuration" },
        { "HV000", "Row", "Configuration" }, { "P0001", "Row", "Configuration" }, { "XX000", "Row", "Wait" }, { "MY001", "Row", "Configuration" }, { "", "Row", "Configuration" },
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Codes))]
    public void Every_class_has_its_verdict_as_the_end_of_a_statement_and_of_a_session(string code, string ofStatement, string ofSession)
    {
        Assert.Equal(ofStatement, $"{PostgresErrors.Judge(new PostgresException("x", "ERROR", "ERROR", code))}");
        Assert.Equal(ofSession, $"{PostgresErrors.Judge(new PostgresException("x", "FATAL", "FATAL", code))}");
    }

    [Theory]
    [InlineData("password authentication failed", "Configuration")]
    [InlineData("SASL authentication failed", "Configuration")]
    [InlineData("no such user: app", "Configuration")]
    [InlineData("no such database: app", "Configuration")]
    [InlineData("unsupported startup parameter: search_path", "Configuration")]
    [InlineData("server login failed: FATAL database \"app\" does not exist", "Configuration")]
    [InlineData("server login has been failing, try again later (server_login_retry)", "Wait")]
    [InlineData("pgbouncer cannot connect to server", "Wait")]
    [InlineData("query_wait_timeout", "Wait")]
    [InlineData("no more connections allowed (max_client_conn)", "Wait")]
    public void What_a_pooler_says_with_one_code_for_everything_is_told_apart(string message, string verdict) =>
        Assert.Equal(verdict, $"{PostgresErrors.Judge(new PostgresException(message, "FATAL", "FATAL", "08P01"))}");

    [Fact]
    public async Task Whatever_a_trigger_raises_for_a_row_is_the_dead_letter_of_that_row()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        await storage.ExecuteAsync(RaiseName);
        string[] codes = [.. Codes.Where(row => row.Data.Item2 is not "Wait" && row.Data.Item1.Length > 0).Select(row => row.Data.Item1)];

        // Every fourth row is refused, each for another reason.
        CommittedOutcome[] results = await storage.WriteAsync(
            run, Enumerable.Range(0, codes.Length * 4).Select(i => Entries.Found(i + 1, i % 4 == 0 ? codes[i / 4] : "Rick")));

        for (int i = 0; i < results.Length; i++)
            Assert.Equal(i % 4 == 0 ? $"PostgreSQL rejected the row: no {i + 1} here (SQLSTATE {codes[i / 4]})" : null, results[i].Error);
        Assert.Equal(codes.Length * 3, await storage.CountAsync("outcomes WHERE outcome = 'Ingested'"));
        Assert.Equal(codes.Length, await storage.CountAsync("outcomes WHERE outcome = 'Failed'"));
        Assert.Null(storage.Health.Problem);
    }

    [Theory]
    [InlineData("08006")]
    [InlineData("40001")]
    [InlineData("53200")]
    [InlineData("55P03")]
    [InlineData("57P03")]
    [InlineData("58030")]
    [InlineData("72000")]
    public async Task What_may_pass_is_waited_for_and_then_stored(string code)
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        await storage.ExecuteAsync(RaiseName);
        await using IOutcomeWriter writer = storage.Runs.OpenWriter(run);

        Task<CommittedOutcome> write = writer.WriteAsync(Entries.Found(1, code));
        await storage.Log.WaitForAsync(2010);
        await storage.ExecuteAsync("DROP TRIGGER refuse ON ingestion.characters");

        Assert.Equal(Ingestion.Items.Outcome.Ingested, (await write).Outcome);
        Assert.Null(storage.Health.Problem);
    }

    [Theory]
    [InlineData("DROP TABLE ingestion.item_outcomes CASCADE", "42P01", "run the migrate command")]
    [InlineData("DROP SCHEMA ingestion CASCADE", "42P01", "run the migrate command")]
    [InlineData("ALTER TABLE ingestion.characters DROP COLUMN etag", "42703", "run the migrate command")]
    [InlineData("REVOKE INSERT ON ingestion.characters FROM {0}", "42501", "let the owner grant user {0}")]
    [InlineData("REVOKE USAGE ON SCHEMA ingestion FROM {0}", "42501", "let the owner grant user {0}")]
    public async Task What_fails_without_any_row_ends_the_run_and_says_what_to_do(string change, string code, string advice)
    {
        string owner = await server.CreateDatabaseAsync();
        string user = "user_" + Guid.NewGuid().ToString("N");
        await using var storage = new StorageHarness(new NpgsqlConnectionStringBuilder(owner) { Username = user }.ConnectionString, observerConnectionString: owner);
        await using (var administrator = new StorageHarness(owner))
            await administrator.Schema.MigrateAsync(mayRewrite: false, Cancellation);
        await storage.ExecuteAsync($"CREATE ROLE {user} LOGIN; GRANT USAGE ON SCHEMA ingestion TO {user}; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA ingestion TO {user}");
        Guid run = await storage.OpenRunAsync();
        await storage.ExecuteAsync(string.Format(change, user));

        var exception = await Assert.ThrowsAsync<IngestionConfigurationException>(() => storage.WriteAsync(run, Entries.FoundRange(1, 100)));

        Assert.Contains($"SQLSTATE {code}", exception.Message, StringComparison.Ordinal);
        Assert.Contains(string.Format(advice, user), exception.Message, StringComparison.Ordinal);
        Assert.Equal(1, storage.Log.Count(2021));
    }

    [Theory]
    [InlineData("ALTER TABLE ingestion.characters ADD COLUMN added text NOT NULL", "23502")]
    [InlineData("ALTER TABLE ingestion.characters ADD CONSTRAINT nobody CHECK (name = 'nobody')", "23514")]
    [InlineData("ALTER TABLE ingestion.characters ALTER COLUMN name TYPE varchar(2)", "22001")]
    [InlineData("ALTER TABLE ingestion.characters ADD COLUMN twice integer NOT NULL DEFAULT 1 UNIQUE", "23505")]
    [InlineData("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no %'', NEW.id; END'; CREATE TRIGGER f BEFORE INSERT ON ingestion.characters FOR EACH ROW EXECUTE FUNCTION f()", "P0001")]
    [InlineData("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM 1 FROM gone; RETURN NEW; END'; CREATE TRIGGER f BEFORE INSERT ON ingestion.characters FOR EACH ROW EXECUTE FUNCTION f()", "42P01")]
    [InlineData("ALTER TABLE ingestion.characters ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON ingestion.characters USING (true) WITH CHECK (false)", "42501")]
    public async Task What_refuses_every_row_for_one_reason_ends_the_run_without_dead_letters(string change, string code)
    {
        string owner = await server.CreateDatabaseAsync();
        string user = "user_" + Guid.NewGuid().ToString("N");
        await using var storage = new StorageHarness(new NpgsqlConnectionStringBuilder(owner) { Username = user }.ConnectionString, observerConnectionString: owner);
        await storage.ExecuteAsync($"CREATE ROLE {user} LOGIN; CREATE SCHEMA ingestion AUTHORIZATION {user}");
        Guid run = await storage.OpenRunAsync();
        await storage.ExecuteAsync(change);
        IOutcomeWriter writer = storage.Runs.OpenWriter(run);
        Task<CommittedOutcome>[] writes = [.. Entries.FoundRange(1, 3_000).Select(writer.WriteAsync)];

        var exception = await Assert.ThrowsAsync<IngestionUnavailableException>(() => Task.WhenAll(writes));
        await writer.DisposeAsync();

        Assert.Contains("rows were refused for one reason", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"(SQLSTATE {code}); correct the table", exception.Message, StringComparison.Ordinal);
        Assert.InRange(await storage.CountAsync("outcomes WHERE outcome = 'Failed'"), 0, 1_000);
        Assert.Equal(1, storage.Log.Count(2021));

        // Nothing is lost: when the table is as it was, the same run goes on.
        await storage.ExecuteAsync(
            """
            ALTER TABLE ingestion.characters DROP COLUMN IF EXISTS added, DROP COLUMN IF EXISTS twice, DROP CONSTRAINT IF EXISTS nobody, ALTER COLUMN name TYPE text, DISABLE ROW LEVEL SECURITY;
            DROP TRIGGER IF EXISTS f ON ingestion.characters
            """);
        await storage.WriteAsync(run, Entries.FoundRange(1, 3_000));
        Assert.Equal(3_000, await storage.CountAsync("outcomes"));
    }

    [Fact]
    public async Task One_at_a_time_the_first_few_rows_that_are_refused_are_dead_letters_and_no_more()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        await storage.ExecuteAsync("ALTER TABLE ingestion.characters ADD CONSTRAINT nobody CHECK (name = 'nobody')");
        await using IOutcomeWriter writer = storage.Runs.OpenWriter(run);

        for (int id = 1; id <= 31; id++)
            Assert.Equal(Ingestion.Items.Outcome.Failed, (await writer.WriteAsync(Entries.Found(id))).Outcome);
        await Assert.ThrowsAsync<IngestionUnavailableException>(() => writer.WriteAsync(Entries.Found(32)));

        Assert.Equal(31, await storage.CountAsync("outcomes"));
    }

    [Fact]
    public async Task A_row_that_is_stored_between_those_that_are_refused_shows_that_it_is_not_the_table()
    {
        // With two connections there is one transaction at a time.
        string database = await server.CreateDatabaseAsync();
        await using var storage = new StorageHarness($"{database};Maximum Pool Size=2", observerConnectionString: database);
        Guid run = await storage.OpenRunAsync();
        await storage.ExecuteAsync("ALTER TABLE ingestion.characters ADD CONSTRAINT part CHECK (id % 20 = 0)");
        await using IOutcomeWriter writer = storage.Runs.OpenWriter(run);

        for (int id = 1; id <= 100; id++)
            await writer.WriteAsync(Entries.Found(id));
        await storage.ExecuteAsync("ALTER TABLE ingestion.characters DROP CONSTRAINT part; ALTER TABLE ingestion.characters ADD CONSTRAINT part CHECK (id <= 100 OR id = 1100)");

        // In one batch, for they all wait behind another one: a long series that is followed by one that is stored.
        await using NpgsqlConnection holder = await storage.ConnectAsync();
        await using NpgsqlCommand command = new("BEGIN; LOCK TABLE ingestion.item_outcomes", holder);
        await command.ExecuteNonQueryAsync(Cancellation);
        Task<CommittedOutcome> before = writer.WriteAsync(Entries.NotFound(2_000));
        await storage.WaitUntilAsync("EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'ingestion-worker' AND datname = current_database() AND wait_event_type = 'Lock')");
        Task<CommittedOutcome>[] series = [.. Entries.FoundRange(101, 1_000).Select(writer.WriteAsync)];
        command.CommandText = "COMMIT";
        await command.ExecuteNonQueryAsync(Cancellation);
        await before;
        await Task.WhenAll(series);

        Assert.Equal(6, await storage.CountAsync("outcomes WHERE outcome = 'Ingested'"));
        Assert.Equal(1_094, await storage.CountAsync("outcomes WHERE outcome = 'Failed'"));
    }

    [Fact]
    public async Task An_outcome_that_cannot_be_stored_ends_the_run_and_says_of_which_character()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        await storage.ExecuteAsync("ALTER TABLE ingestion.item_outcomes ADD CONSTRAINT odd CHECK (item_id <> 7)");

        var exception = await Assert.ThrowsAsync<IngestionUnavailableException>(() => storage.WriteAsync(run, Entries.FoundRange(1, 20)));

        Assert.Contains("not even the outcome of item 7 is stored", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bookkeeping_that_is_refused_says_why_and_is_no_defect()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        await storage.ExecuteAsync("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''closed''; END'; CREATE TRIGGER f BEFORE UPDATE ON ingestion.runs FOR EACH ROW EXECUTE FUNCTION f()");

        var exception = await Assert.ThrowsAsync<IngestionConfigurationException>(() => storage.Runs.CloseAsync(run, RunStatus.Finished, Cancellation));

        Assert.Contains("closed (SQLSTATE P0001); correct the constraint or the trigger", exception.Message, StringComparison.Ordinal);
    }
}
