using Npgsql;
using TestSupport.Processes;

namespace Worker.EndToEndTests.Processes;

/// <summary>A bad value ends the process with its exit code and one line that names the key: no stack trace, no password.</summary>
public sealed class BadConfigurationTests(PostgresServer postgres)
{
    private const int BadCommandLine = 64;
    private const int BadConfiguration = 78;
    private const int Unavailable = 69;

    [Theory]
    [InlineData("Ingestion:Strategy", "Asink", "did you mean Async?")]
    [InlineData("Ingestion:Strategy", "Kangaroo", "Sequential, ThreadPerItem, ThreadPool, EventLoop, Async, Pipeline, Adaptive")]
    [InlineData("Ingestion:Strategy", "", "must be one of Sequential")]
    [InlineData("Ingestion:Source", "", "must be one of Ids, Catalog, File, Query, RabbitMq")]
    [InlineData("Ingestion:Ids", "", "1-10,42,100-200")]
    [InlineData("Ingestion:DegreeOfParallelism", "-1", "from 0 to 100000")]
    [InlineData("Ingestion:DegreeOfParallelism", "sixteen", "whole number")]
    [InlineData("Ingestion:DegreeOfParallelism", "1000000", "from 0 to 100000")]
    [InlineData("Ingestion:Ids", "5-1", "5-1")]
    [InlineData("Ingestion:Ids", "0", "'0'")]
    [InlineData("Ingestion:Ids", "-3", "-3")]
    [InlineData("Ingestion:Ids", "1-10,7-", "'7-' at position 6")]
    [InlineData("Ingestion:Ids", "1,a", "'a' at position 3")]
    [InlineData("Ingestion:Ids", "1-99999999999999999999", "9223372036854775807")]
    [InlineData("Ingestion:Ids", "1,,2", "position 3")]
    [InlineData("Ingestion:Source", "Kafka", "Ids, Catalog")]
    [InlineData("Ingestion:ChannelCapacity", "0", "from 1")]
    [InlineData("Ingestion:Delay", "2", "hh:mm:ss")]
    [InlineData("Ingestion:Delay", "-00:00:01", "from 00:00:00")]
    [InlineData("Ingestion:Repeat", "soon", "hh:mm:ss")]
    [InlineData("Ingestion:Resume", "maybe", "true or false")]
    [InlineData("Ingestion:ShutdownTimeout", "02:00:00", "to 01:00:00")]
    [InlineData("Ingestion:StallTimeout", "2.00:00:00", "to 1.00:00:00")]
    [InlineData("Ingestion:Strategi", "Async", "did you mean Ingestion:Strategy?")]
    [InlineData("Upstream:BaseAddress", "ftp://example.org/", "http or https")]
    [InlineData("Upstream:BaseAddress", "not a url", "http or https")]
    [InlineData("Upstream:BaseAddress", "https://user:hunter2@example.org/", "without user name or password")]
    [InlineData("Upstream:BaseAddress", "https://example.org/api/?page=1", "without query")]
    [InlineData("Upstream:AttemptTimeout", "00:00:00", "from 00:00:00.001")]
    [InlineData("Upstream:ItemTimeout", "00:00:00", "from 00:00:00.1")]
    [InlineData("Upstream:MaxAttempts", "0", "from 1 to 100")]
    [InlineData("Upstream:MaxRetryAfter", "00:00:00", "from 00:00:01")]
    [InlineData("Upstream:RetryRatio", "20", "from 0 to 1")]
    [InlineData("Upstream:MinRetriesPerSecond", "0", "from 1")]
    [InlineData("Upstream:MaxResponseBytes", "10", "from 1024")]
    [InlineData("Upstream:RequestsPerSecond", "0", "from 0.01")]
    [InlineData("Upstream:RequestsPerSecond", "NaN", "a number")]
    [InlineData("Transform:FingerprintIterations", "-1", "from 0")]
    [InlineData("Tracing:ItemsPerTrace", "0", "from 1")]
    [InlineData("Tracing:Detail", "All", "Stages or Items")]
    [InlineData("Tracing:SlowItem", "1.00:00:01", "to 1.00:00:00")]
    [InlineData("Tracing:Viewer", "localhost:16686", "an absolute http or https URL")]
    [InlineData("Tracing:MaxTracesPerSecond", "-1", "from 0")]
    [InlineData("Storage:MaxBatchSize", "0", "from 1")]
    [InlineData("Storage:StartupTimeout", "never", "hh:mm:ss")]
    [InlineData("Storage:MigrateOnStart", "1", "true or false")]
    [InlineData("Health:Port", "70000", "65535")]
    [InlineData("Live:Port", "70000", "65535")]
    [InlineData("Live:Port", "any", "whole number")]
    [InlineData("Live:Prot", "1", "did you mean Live:Port?")]
    [InlineData("Logging:LogLevel:Ingestion", "Loud", "Trace, Debug, Information, Warning, Error, Critical, None")]
    [InlineData("INGESTION_SECRETS", "/no/such/folder", "not a folder that exists")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "nonsense", "nonsense")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "https//user:hunter2@example.org", "absolute http or https URL")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "carrier-pigeon", "carrier-pigeon")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "hunter2", "name=value")]
    [InlineData("OTEL_TRACES_SAMPLER", "traceidratoi", "parentbased_traceidratio")]
    [InlineData("Logging:Console:LogToStandardErrorThreshold", "Warn", "Trace, Debug, Information, Warning, Error, Critical, None")]
    [InlineData("Logging:Console:FormatterName", "jsn", "simple, json, systemd")]
    [InlineData("Upstream:BaseAddress", "https://example.org/api/?key=hunter2", "without query")]
    public async Task A_bad_setting_is_named(string key, string value, string expected)
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        ProcessResult result = await stage.RunAsync("run", WithPassword(stage), (key.Replace(":", "__", StringComparison.Ordinal), value));

        AssertOneLine(result, BadConfiguration, key, expected);
        Assert.DoesNotContain("hunter2", result.StandardError, StringComparison.Ordinal);
        Assert.Equal(0, stage.Upstream.Statistics.TotalRequests);
    }

    [Theory]
    [InlineData("Resource:Name", "runs", "another name than runs")]
    [InlineData("Resource:Name", "Things", "lower-case letters")]
    [InlineData("Resource:Item", "a\tb", "a name of at most 40 letters")]
    [InlineData("Resource:Path", "character", "with {id} in it once")]
    [InlineData("Resource:Path", "https://elsewhere.test/{id}", "a path below Upstream:BaseAddress")]
    [InlineData("Resource:ListPath", "character/{id}", "with {ids} in it once")]
    [InlineData("Resource:Record", "data", "a JSON pointer")]
    [InlineData("Resource:Id", "id", "a JSON pointer")]
    [InlineData("Resource:IdType", "Guid", "one of Integer, Text")]
    [InlineData("Resource:IdType", "Text", "must be Integer with the source Ids")]
    [InlineData("Resource:NotFound", "404 500", "statuses from 400 to 499")]
    [InlineData("Resource:Required:/name", "text", "one of string, number, boolean, object, array, any")]
    [InlineData("Resource:Required", "name", "keys and values")]
    [InlineData("Resource:Columns:nick", "text", "TYPE /json/pointer")]
    [InlineData("Resource:Columns:nick", "text = 1; DROP TABLE x", "without a semicolon")]
    [InlineData("Resource:Columns:nick", "integer[] /episode", "an array wants an expression")]
    [InlineData("Resource:Columns:raw", "jsonb /raw", "a column of another name")]
    [InlineData("Resource:Columns:nick", "txet /nick", "type \"txet\" does not exist")]
    [InlineData("Resource:Columns:nick", "text = now()::text", "generation expression is not immutable")]
    [InlineData("Resource:Columns:nick", "integer = raw->>'nick'", "is of type integer but default expression is of type text")]
    [InlineData("Resource:Columns:nick", "text = nickname", "column \"nickname\" does not exist")]
    [InlineData("Resource:Colums", "x", "did you mean Resource:Columns?")]
    [InlineData("Resource:File", "/no/such/resource.json", "/no/such/resource.json")]
    [InlineData("Resource:Catalog:Pages", "/pages", "allowed below Resource:Catalog: Path, Ids, Next, Count")]
    [InlineData("Resource:Catalog:Path", "/character", "a path below Upstream:BaseAddress")]
    [InlineData("Resource:Catalog:Path", "character/{next}", "the value of a parameter: things?page={next}")]
    [InlineData("Resource:Catalog:Ids", "/results/id", "with * for each element of an array")]
    [InlineData("Resource:Catalog:Next", "next", "a JSON pointer")]
    [InlineData("Resource:Catalog:Count", "/counts/*", "without *")]
    [InlineData("Upstream:IdsPerRequest", "20", "must be 1 for a resource without Resource:ListPath", "Resource__ListPath", "")]
    [InlineData("Resource:Catalog", "", "the source Catalog needs both", "Ingestion__Source", "Catalog", "Resource__Catalog__Ids", "")]
    [InlineData("Ingestion:IdsFile", "keys.txt", "but the source is Ids; set Ingestion:Source to File")]
    [InlineData("Ingestion:IdsFile", " ", "is missing, but the source File needs it", "Ingestion__Source", "File")]
    [InlineData("Ingestion:IdsFile", "/no/such/keys.txt", "Could not find", "Ingestion__Source", "File")]
    [InlineData("Ingestion:IdsFile", "/tmp", "it is a folder", "Ingestion__Source", "File")]
    [InlineData("Ingestion:Repeat", "01:00:00", "must be nothing with standard input", "Ingestion__Source", "File", "Ingestion__IdsFile", "-")]
    [InlineData("Ingestion:Query", "SELECT 1", "but the source is Ids; set Ingestion:Source to Query")]
    [InlineData("Ingestion:Query", "", "is missing, but the source Query needs it", "Ingestion__Source", "Query")]
    [InlineData("Ingestion:Query", "SELECT id FROM nowhere", "relation \"nowhere\" does not exist", "Ingestion__Source", "Query")]
    [InlineData("Ingestion:Query", "SELECT 1; SELECT 2", "syntax error", "Ingestion__Source", "Query")]
    [InlineData("Ingestion:Query", "SELECT 'a'", "its first column is of the type text", "Ingestion__Source", "Query")]
    public async Task A_resource_or_a_source_that_cannot_work_is_named(string key, string value, string expected, params string[] others)
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        ProcessResult result = await stage.RunAsync("run", [(key.Replace(":", "__", StringComparison.Ordinal), value), .. others.Chunk(2).Select(pair => (pair[0], (string?)pair[1]))]);

        AssertOneLine(result, BadConfiguration, key, expected);
        Assert.Equal(0, stage.Upstream.Statistics.TotalRequests);
    }

    [Fact]
    public async Task A_column_that_a_file_has_twice_is_named()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("ingestion-resource-");
        string file = Path.Combine(folder.FullName, "resource.json");
        await File.WriteAllTextAsync(file, """{ "Resource": { "Name": "things", "Path": "things/{id}", "Columns": { "name": "text /name", "Name": "text /title" } } }""", TestContext.Current.CancellationToken);

        AssertOneLine(await stage.RunAsync($"run --resource {file}"), BadConfiguration, "Resource:Columns:Name", file);
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("ThreadPool")]
    [InlineData("Pipeline")]
    public async Task No_cap_is_refused_where_a_number_is_needed(string strategy)
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        ProcessResult result = await stage.RunAsync($"run --strategy {strategy} --dop 0");

        AssertOneLine(result, BadConfiguration, "Ingestion:DegreeOfParallelism", $"at least 1 with the strategy {strategy}");
    }

    [Theory]
    [InlineData("redrive --rate 0", "Upstream:RequestsPerSecond", "from 0.01")]
    [InlineData("redrive --dry-run --strategy Asink", "Ingestion:Strategy", "did you mean Async?")]
    public async Task A_redrive_is_configured_as_strictly_as_a_run(string arguments, string key, string expected)
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        AssertOneLine(await stage.RunAsync(arguments), BadConfiguration, key, expected);
    }

    [Theory]
    [InlineData(null, "ConnectionStrings:Postgres")]
    [InlineData("nonsense", "ConnectionStrings:Postgres")]
    [InlineData("Host=127.0.0.1;Port=99999;Username=u;Password=topsecret", "ConnectionStrings:Postgres")]
    [InlineData("Host=127.0.0.1;Colour=blue;Password=topsecret", "ConnectionStrings:Postgres")]
    [InlineData("Host=127.0.0.1;Password=topsecret;Minimum Pool Size=20", "Minimum Pool Size=20")]
    [InlineData("Host=127.0.0.1;Password=topsecret;Multiplexing=true", "Multiplexing=true")]
    [InlineData("Host=127.0.0.1;Password=topsecret;Tcp Keepalive Time=0", "TcpKeepAliveTime")]
    [InlineData("postgres://u:topsecret@127.0.0.1/d?sslcrl=x", "sslcrl")]
    public async Task A_database_that_cannot_be_used_is_named(string? connectionString, string expected)
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        ProcessResult result = await stage.RunAsync(
            "run --ids 1", ("ConnectionStrings__Postgres", connectionString), ("Storage__StartupTimeout", "00:00:00"));

        AssertOneLine(result, BadConfiguration, "ConnectionStrings:Postgres", expected);
    }

    [Theory]
    [InlineData("run --ids 1")]
    [InlineData("migrate")]
    [InlineData("status")]
    [InlineData("compare --ids 1")]
    [InlineData("redrive")]
    public async Task A_database_that_does_not_answer_is_not_available(string arguments)
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        ProcessResult result = await stage.RunAsync(
            arguments, ("ConnectionStrings__Postgres", null), ("DATABASE_URL", "postgres://u:topsecret@127.0.0.1:1/d"), ("Storage__StartupTimeout", "00:00:00"));

        AssertOneLine(result, Unavailable, "DATABASE_URL (host 127.0.0.1, port 1, database d, user u)", "start the server", "not available: ");
    }

    [Theory]
    [MemberData(nameof(RunTests.Strategies), MemberType = typeof(RunTests))]
    public async Task A_table_that_refuses_every_row_ends_the_run_as_not_available_and_it_goes_on_when_the_table_is_corrected(string strategy)
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        Assert.Equal(0, (await stage.RunAsync("migrate")).ExitCode);
        await stage.ExecuteAsync("ALTER TABLE ingestion.characters ADD COLUMN added text NOT NULL");

        ProcessResult result = await stage.RunAsync($"run --ids 1-500 --dop 16 --strategy {strategy}", WithPassword(stage));

        AssertOneLine(result, Unavailable, "ConnectionStrings:Postgres", "null value in column \"added\" of relation \"characters\" violates not-null constraint", "not available: ");
        long failed = await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes WHERE outcome = 'Failed'");
        Assert.InRange(failed, 0, 31);
        Assert.Equal(failed, result.StandardError.Split('\n').Where(line => line.Contains("rejected the row", StringComparison.Ordinal)).Sum(HostileUpstreamTests.Times));
        await stage.ExecuteAsync("ALTER TABLE ingestion.characters DROP COLUMN added");
        await stage.IngestAsync("--ids 1-500", failed > 0 ? 2 : 0);
        Assert.Equal(500, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes"));
    }

    [Fact]
    public async Task A_database_that_does_not_exist_is_named()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        string elsewhere = new NpgsqlConnectionStringBuilder(stage.ConnectionString) { Database = "nowhere" }.ConnectionString;

        ProcessResult result = await stage.RunAsync("run --ids 1", ("ConnectionStrings__Postgres", elsewhere));

        AssertOneLine(result, BadConfiguration, "ConnectionStrings:Postgres", "nowhere");
    }

    [Fact]
    public async Task Tables_owned_by_somebody_else_are_named_with_who_may_not_use_them()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        Assert.Equal(0, (await stage.RunAsync("migrate")).ExitCode);
        string role = "stranger_" + Guid.NewGuid().ToString("N")[..8];
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(stage.ConnectionString);
        await using NpgsqlCommand command = source.CreateCommand($"CREATE ROLE {role} LOGIN PASSWORD 'topsecret'");
        await command.ExecuteNonQueryAsync();
        string stranger = new NpgsqlConnectionStringBuilder(stage.ConnectionString) { Username = role, Password = "topsecret" }.ConnectionString;

        ProcessResult result = await stage.RunAsync("run --ids 1", ("ConnectionStrings__Postgres", stranger));

        AssertOneLine(result, BadConfiguration, "ConnectionStrings:Postgres", role);
    }

    [Fact]
    public async Task A_health_port_that_is_taken_is_named()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        string taken = stage.Upstream.BaseAddress.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);

        ProcessResult result = await stage.RunAsync("run --ids 1", ("Health__Port", taken));

        AssertOneLine(result, BadConfiguration, "Health:Port", taken);
    }

    [Theory]
    [InlineData("run --Ingestoin:Strategy=Async", "Ingestoin:Strategy is not a setting; did you mean Ingestion:Strategy?")]
    [InlineData("run --Ingestion:Strategi=Async", "did you mean Ingestion:Strategy?")]
    [InlineData("status --ConnectionString:Postgres=hunter2", "did you mean ConnectionStrings:Postgres?")]
    [InlineData("migrate --ConnectionStrings:Postgress=hunter2", "did you mean ConnectionStrings:Postgres?")]
    [InlineData("healthcheck --Helth:Port=8081", "did you mean Health:Port?")]
    [InlineData("run --Loging:LogLevel:Default=Debug", "did you mean Logging:LogLevel:Default?")]
    [InlineData("run --Kubernetes:Node=x", "allowed are keys below ConnectionStrings, Upstream, Resource, Ingestion")]
    public async Task A_key_on_the_command_line_that_nobody_reads_is_named(string arguments, string expected)
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        ProcessResult result = await stage.RunAsync(arguments);

        AssertOneLine(result, BadConfiguration, arguments.Split("--")[1].Split('=')[0], expected);
        Assert.DoesNotContain("hunter2", result.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_in_the_environment_that_is_nearly_one_of_ours_is_warned_of()
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        ProcessResult result = await stage.RunAsync("run --ids 1", ("Ingestoin__Strategy", "Sequential"), ("ConnectionStrings__Postgress", "x"), ("ConnectionStrings__Other", "x"),
            ("OTEL_EXPORTER_OTLP_TRACE_TIMEOUT", "1"), ("Kubernetes__Node", "x"), ("OTEL_PYTHON_LOG_LEVEL", "debug"));

        Assert.True(result.ExitCode == 0, result.StandardError);
        Assert.Equal(
            [
                "ConnectionStrings:Postgress is set, but is not a setting; did you mean ConnectionStrings:Postgres?",
                "Ingestoin:Strategy is set, but is not a setting; did you mean Ingestion:Strategy?",
                "OTEL_EXPORTER_OTLP_TRACE_TIMEOUT is set, but is not a setting; did you mean OTEL_EXPORTER_OTLP_TRACES_TIMEOUT?",
            ],
            result.StandardError.Split('\n').Where(line => line.Contains("[113]", StringComparison.Ordinal)).Select(line => line.Split("[113] ")[1].Trim()).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("runn", "runn")]
    [InlineData("run --dop", "--dop")]
    [InlineData("run --strateg Async", "--strateg")]
    [InlineData("run --delay soon", "--delay")]
    [InlineData("run --summary /no/such/folder/summary.json", "/no/such/folder")]
    [InlineData("status --limit many", "--limit")]
    [InlineData("migrate now", "now")]
    [InlineData("redrive --since soon", "--since")]
    [InlineData("redrive --since 1h --until 2h", "--since is not before --until")]
    [InlineData("redrive --ids 5-1", "--ids")]
    [InlineData("redrive --run 7", "--run")]
    public async Task A_bad_command_line_is_one_line_and_a_hint_where_help_is(string arguments, string expected)
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        ProcessResult result = await stage.RunAsync(arguments);

        Assert.True(result.ExitCode == BadCommandLine, $"exit code {result.ExitCode}: {result.StandardError}");
        Assert.Contains(expected, result.StandardError, StringComparison.Ordinal);
        Assert.Contains("--help", result.StandardError, StringComparison.Ordinal);
        Assert.InRange(result.StandardError.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length, 1, 2);
    }

    private static (string Name, string? Value) WithPassword(Stage stage) =>
        ("ConnectionStrings__Postgres", new NpgsqlConnectionStringBuilder(stage.ConnectionString) { Password = "topsecret" }.ConnectionString);

    private static void AssertOneLine(ProcessResult result, int exitCode, string key, string expected, string prefix = "configuration error: ")
    {
        Assert.True(result.ExitCode == exitCode, $"exit code {result.ExitCode}: {result.StandardOutput}{result.StandardError}");
        string line = Assert.Single(
            result.StandardError.Split('\n', StringSplitOptions.RemoveEmptyEntries), text => text.StartsWith(prefix, StringComparison.Ordinal));
        Assert.Contains(key, line, StringComparison.Ordinal);
        Assert.Contains(expected, line, StringComparison.Ordinal);
        Assert.DoesNotContain("topsecret", result.StandardOutput + result.StandardError, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.StandardError, StringComparison.Ordinal);
    }
}
