using System.Runtime.CompilerServices;
using Npgsql;
using TestSupport.Processes;

namespace Worker.EndToEndTests.Processes;

/// <summary>deploy/postgres/roles.sql, the very file: what the worker may do with it, and what it may not.</summary>
public sealed class RolesTests(PostgresServer postgres)
{
    private readonly string _suffix = Guid.NewGuid().ToString("N")[..8];

    private string Owner => "owner_" + _suffix;

    private string RunTime => "worker_" + _suffix;

    [Fact]
    public async Task The_owner_migrates_and_the_worker_runs_without_further_rights()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        await ApplyAsync(stage);
        Assert.Equal(0, (await RunAsync(stage, Owner, "migrate")).ExitCode);

        // Default privileges: already now, and not only after the second time.
        await AssertRunsAsync(stage, "1-30", 30);
        await ApplyAsync(stage);
        await AssertRunsAsync(stage, "20-60", 60);
    }

    [Fact]
    public async Task Another_schema_has_the_same_roles()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        await ApplyAsync(stage, "schema=select");

        ProcessResult migrated = await RunAsync(stage, Owner, "migrate --Storage:Schema=select");
        await ApplyAsync(stage, "schema=select");
        ProcessResult run = await RunAsync(stage, RunTime, "run --ids 1-5 --Storage:Schema=select");

        Assert.True(migrated.ExitCode == 0, migrated.StandardError);
        Assert.True(run.ExitCode == 0, run.StandardError);
        Assert.Equal(5, await stage.QueryAsync<long>("SELECT count(*) FROM \"select\".characters"));
        Assert.False(await stage.QueryAsync<bool>($"SELECT has_table_privilege('{RunTime}', '\"select\".schema_versions', 'INSERT')"));
    }

    [Fact]
    public async Task The_owner_may_compare_and_the_worker_may_not()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        await ApplyAsync(stage);

        ProcessResult owner = await RunAsync(stage, Owner, "compare --ids 1-3 --strategies Async --repeat 1");
        ProcessResult worker = await RunAsync(stage, RunTime, "compare --ids 1-3 --strategies Async --repeat 1");

        Assert.True(owner.ExitCode == 0, owner.StandardError);
        Assert.True(worker.ExitCode == 78, worker.StandardError);
    }

    [Fact]
    public async Task A_schema_that_is_there_already_is_taken_over()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        Assert.Equal(0, (await stage.RunAsync("run --ids 1-5")).ExitCode);
        await ApplyAsync(stage);

        await AssertRunsAsync(stage, "1-30", 30);
        ProcessResult migrated = await RunAsync(stage, Owner, "migrate");
        Assert.True(migrated.ExitCode == 0, migrated.StandardError);
    }

    [Theory]
    [InlineData("CREATE TABLE ingestion.mine (id integer)")]
    [InlineData("CREATE TABLE public.mine (id integer)")]
    [InlineData("CREATE TEMPORARY TABLE mine (id integer)")]
    [InlineData("CREATE SCHEMA mine")]
    [InlineData("CREATE ROLE mine")]
    [InlineData("CREATE DATABASE mine")]
    [InlineData("DROP TABLE ingestion.item_outcomes")]
    [InlineData("DROP SCHEMA ingestion CASCADE")]
    [InlineData("ALTER TABLE ingestion.characters ADD COLUMN mine integer")]
    [InlineData("TRUNCATE ingestion.runs")]
    [InlineData("DELETE FROM ingestion.characters")]
    [InlineData("DELETE FROM ingestion.runs")]
    [InlineData("DELETE FROM ingestion.item_outcomes")]
    [InlineData("DELETE FROM ingestion.commit_outcomes")]
    [InlineData("UPDATE ingestion.schema_versions SET checksum = ''")]
    [InlineData("INSERT INTO ingestion.schema_versions VALUES (99, 'mine', now(), '')")]
    [InlineData("COPY ingestion.runs TO PROGRAM 'cat'")]
    public async Task The_worker_may_not(string statement)
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        await ApplyAsync(stage);
        Assert.Equal(0, (await RunAsync(stage, Owner, "migrate")).ExitCode);
        await ApplyAsync(stage);
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(As(stage, RunTime));
        await using NpgsqlCommand allowed = source.CreateCommand("UPDATE ingestion.item_outcomes SET attempts = attempts");
        await allowed.ExecuteNonQueryAsync();

        await using NpgsqlCommand refused = source.CreateCommand(statement);
        PostgresException exception = await Assert.ThrowsAsync<PostgresException>(() => refused.ExecuteNonQueryAsync());

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, exception.SqlState);
    }

    private async Task AssertRunsAsync(Stage stage, string ids, long characters)
    {
        ProcessResult run = await RunAsync(stage, RunTime, $"run --ids {ids}");
        ProcessResult status = await RunAsync(stage, RunTime, "status");

        Assert.True(run.ExitCode == 0, run.StandardError);
        Assert.True(status.ExitCode == 0, status.StandardError);
        Assert.Contains("ids:" + ids, status.StandardOutput, StringComparison.Ordinal);
        Assert.Equal(characters, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.characters"));
    }

    private static Task<ProcessResult> RunAsync(Stage stage, string role, string arguments) =>
        stage.RunAsync(arguments, ("ConnectionStrings__Postgres", As(stage, role)), ("Storage__MigrateOnStart", "false"));

    private static string As(Stage stage, string role) => new NpgsqlConnectionStringBuilder(stage.ConnectionString) { Username = role }.ConnectionString;

    private Task ApplyAsync(Stage stage, string schema = "schema=ingestion", [CallerFilePath] string thisFile = "") => postgres.RunScriptAsync(
        stage.ConnectionString, Path.Combine(Path.GetDirectoryName(thisFile)!, "../../../deploy/postgres/roles.sql"), "owner=" + Owner, "worker=" + RunTime, schema);
}
