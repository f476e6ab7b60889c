using System.Text.Json;
using TestSupport.Processes;

namespace Worker.EndToEndTests.Processes;

/// <summary><c>config</c> shows what the worker would read, and nothing that is secret.</summary>
public sealed class ConfigTests(PostgresServer postgres)
{
    private const string Secret = "s3cr3t-value";

    private static readonly (string, string?)[] Environment =
    [
        ("ConnectionStrings__Postgres", $"Host=127.0.0.1;Port=1;Username=somebody;Password={Secret}"),
        ("DATABASE_URL", $"postgres://user:{Secret}@127.0.0.1:1/db"),
        ("ConnectionStrings__RabbitMq", $"amqp://user:{Secret}@127.0.0.1:1/"),
        ("Upstream__Headers__X-Key", Secret),
        ("Upstream__Query__api_key", Secret),
        ("Upstream__OAuth__ClientSecret", Secret),
        ("Upstream__OAuth__ClientId", "me"),
        ("Upstream__OAuth__TokenUrl", "https://localhost/token"),
        ("OTEL_EXPORTER_OTLP_HEADERS", $"authorization={Secret}"),
        ("Upstreem__Headers__X-Key", Secret),
    ];

    [Fact]
    public async Task Every_value_is_shown_with_where_it_comes_from()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        string secrets = Path.GetDirectoryName(stage.WriteFile("Storage__Workers", "3\n"))!;
        string resource = stage.WriteFile("resource.json", """{ "Resource": { "Name": "parts", "Path": "parts/{id}" } }""");

        ProcessResult result = await stage.RunAsync($"config --json --resource {resource} --Ingestion:Delay=00:00:02", [.. Environment, ("INGESTION_SECRETS", secrets)]);

        Assert.True(result.ExitCode == 0, result.StandardError);
        JsonElement json = JsonDocument.Parse(result.StandardOutput).RootElement;
        Assert.Equal("[\"00:00:02\",\"command-line\",null]", Of(json, "Ingestion:Delay"));
        Assert.Equal("[\"1\",\"default\",null]", Of(json, "Upstream:IdsPerRequest"));
        Assert.Equal($"[\"3\",\"file\",\"{Path.Combine(secrets, "Storage__Workers")}\"]", Of(json, "Storage:Workers"));
        Assert.Equal($"[\"parts\",\"file\",\"{resource}\"]", Of(json, "Resource:Name"));
        Assert.Equal("[\"0\",\"environment\",\"Health__Port\"]", Of(json, "Health:Port"));
        Assert.Equal("[null,\"default\",null]", Of(json, "Ingestion:Repeat"));
        Assert.Equal("[\"***\",\"environment\",\"Upstream__Headers__X-Key\"]", Of(json, "Upstream:Headers:X-Key"));
        Assert.Equal("[\"Host=127.0.0.1;Port=1;Username=somebody;Password=***\",\"environment\",\"ConnectionStrings__Postgres\"]", Of(json, "ConnectionStrings:Postgres"));
        Assert.Contains("Upstreem:Headers:X-Key", json.GetProperty("unknown").EnumerateArray().Select(setting => setting.GetProperty("key").GetString()));
        Assert.Empty(json.GetProperty("errors").EnumerateArray());
        Assert.DoesNotContain(Secret, result.StandardOutput + result.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_follow_the_list_and_end_it_with_78()
    {
        await using Stage stage = await Stage.SetAsync(postgres);

        ProcessResult result = await stage.RunAsync("config --Ingestion:Strategi=Async --Ingestion:FailAbove=many", Environment);

        Assert.Equal(78, result.ExitCode);
        Assert.Contains("Ingestion:FailAbove = many   (command line)", result.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("Ingestion:Strategi = ***   (command line)", result.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("configuration error: Ingestion:Strategi is not a setting; did you mean Ingestion:Strategy?", result.StandardError, StringComparison.Ordinal);
        Assert.Contains("configuration error: Ingestion:FailAbove is 'many', but must be", result.StandardError, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, result.StandardOutput + result.StandardError, StringComparison.Ordinal);
    }

    private static string Of(JsonElement json, string key)
    {
        JsonElement setting = Assert.Single(json.GetProperty("settings").EnumerateArray(), setting => setting.GetProperty("key").GetString() == key);
        return "[" + string.Join(',', setting.EnumerateObject().Skip(1).Select(property => property.Value.GetRawText())) + "]";
    }
}
