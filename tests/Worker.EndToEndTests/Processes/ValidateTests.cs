using System.Text.Json;
using Npgsql;
using TestSupport.Processes;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Worker.EndToEndTests.Processes;

/// <summary><c>validate</c> finds what would keep a run from starting, all of it at once, and leaves everything as it is.</summary>
public sealed class ValidateTests(PostgresServer postgres)
{
    /// <summary>Every schema, every table, and every version of every row.</summary>
    private const string State =
        """
        SELECT coalesce(string_agg(part, ' ' ORDER BY part), '') FROM (
          SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_'
          UNION ALL SELECT relname || ' ' || relfilenode || ' ' || CASE relkind WHEN 'r' THEN md5(query_to_xml(format('SELECT xmin, * FROM %s', oid::regclass), true, false, '')::text) ELSE '' END
          FROM pg_class WHERE relnamespace::regnamespace::text !~ '^pg_|information_schema') AS parts (part)
        """;

    [Fact]
    public async Task What_a_run_left_is_found_in_order_and_stays_as_it_is()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        await stage.IngestAsync("--ids 1-5");
        string before = await stage.QueryAsync<string>(State);
        long requests = stage.Upstream.Statistics.TotalRequests;

        ProcessResult result = await stage.RunAsync("validate --json --Ingestion:Ids=3-9");

        Assert.True(result.ExitCode == 0, result.StandardOutput + result.StandardError);
        Assert.Equal(["configuration ok", "database ok", "schema ok", "table ok", "rights ok", "upstream ok"], Checks(result));
        Assert.Equal(before, await stage.QueryAsync<string>(State));
        Assert.Equal(requests + 1, stage.Upstream.Statistics.TotalRequests);
    }

    [Fact]
    public async Task A_schema_that_the_start_makes_is_no_error_and_is_not_made()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        string before = await stage.QueryAsync<string>(State);

        ProcessResult migrating = await stage.RunAsync("validate --Ingestion:Source=Catalog");
        ProcessResult other = await stage.RunAsync("validate --json --Storage:MigrateOnStart=false");

        Assert.True(migrating.ExitCode == 0, migrating.StandardOutput + migrating.StandardError);
        Assert.Contains("lacks version 1 (0001_create_tables) and what follows; the start makes it", migrating.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("a page of the catalog with 20 IDs", migrating.StandardOutput, StringComparison.Ordinal);
        Assert.Equal(78, other.ExitCode);
        Assert.Equal(["configuration ok", "database ok", "schema wrong", "table skipped", "rights skipped", "upstream ok"], Checks(other));
        Assert.Equal(before, await stage.QueryAsync<string>(State));
    }

    [Fact]
    public async Task A_user_without_rights_and_a_table_that_is_not_as_Resource_says_are_wrong()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        await stage.IngestAsync("--ids 1-5");
        string role = "reader_" + Guid.NewGuid().ToString("N")[..8];
        await stage.ExecuteAsync($"CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA ingestion TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA ingestion TO {role}");
        string reader = new NpgsqlConnectionStringBuilder(stage.ConnectionString) { Username = role }.ConnectionString;
        string before = await stage.QueryAsync<string>(State);

        ProcessResult rights = await stage.RunAsync("validate --json", ("ConnectionStrings__Postgres", reader));
        ProcessResult column = await stage.RunAsync("validate --json --Ingestion:Ids=1", ("Storage__MigrateOnStart", "false"), ("Resource__Columns__more", "text /name"));
        ProcessResult migration = await stage.RunAsync("validate --json", ("ConnectionStrings__Postgres", reader), ("Resource__Columns__more", "text /name"));

        Assert.Equal((78, "rights wrong"), (rights.ExitCode, Checks(rights)[4]));
        Assert.Contains("lacks INSERT on ingestion.characters", rights.StandardOutput, StringComparison.Ordinal);
        Assert.Equal(78, column.ExitCode);
        Assert.Equal((78, "table ok", "rights wrong"), (migration.ExitCode, Checks(migration)[3], Checks(migration)[4]));
        Assert.Contains("and the start would migrate", migration.StandardOutput, StringComparison.Ordinal);
        Assert.Equal(before, await stage.QueryAsync<string>(State));
    }

    [Fact]
    public async Task All_checks_are_made_even_when_the_first_fails()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Faults = FaultPlan.Parse("1:*wrong-id") });

        ProcessResult away = await stage.RunAsync("validate --json", ("ConnectionStrings__Postgres", "Host=127.0.0.1;Port=1;Username=u;Password=geheim"));
        ProcessResult refused = await stage.RunAsync("validate --json --Ingestion:Ids=2 --Upstream:BaseAddress=http://127.0.0.1:1/");
        ProcessResult wrong = await stage.RunAsync("validate --Ingestion:FailAbove=many --Ingestion:Delay=soon");

        Assert.Equal(78, away.ExitCode);
        Assert.Equal(["configuration ok", "database unavailable", "schema skipped", "table skipped", "rights skipped", "upstream wrong"], Checks(away));
        Assert.DoesNotContain("geheim", away.StandardOutput + away.StandardError, StringComparison.Ordinal);
        Assert.Equal((69, "upstream unavailable"), (refused.ExitCode, Checks(refused)[^1]));
        Assert.Equal(78, wrong.ExitCode);
        Assert.Equal(2, wrong.StandardOutput.Split('\n').Count(line => line.StartsWith("wrong:         configuration: Ingestion:", StringComparison.Ordinal)));
    }

    private static string[] Checks(ProcessResult result) =>
        [.. JsonDocument.Parse(result.StandardOutput).RootElement.GetProperty("checks").EnumerateArray().Select(check => $"{check.GetProperty("check")} {check.GetProperty("result")}")];
}
