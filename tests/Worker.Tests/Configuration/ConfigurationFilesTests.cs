using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Ingestion.Configuration;
using Ingestion.Runs;
using Microsoft.Extensions.Configuration;
using NJsonSchema;
using NJsonSchema.Validation;

namespace Worker.Tests.Configuration;

/// <summary>The page and the schema of the configuration are made from the options classes, and what is shipped keeps to them.</summary>
public sealed partial class ConfigurationFilesTests
{
    private const string Page = "docs/configuration.md";
    private const string Schema = "src/Worker/appsettings.schema.json";

    /// <summary>Set, the files are written instead of compared.</summary>
    private const string Write = "WRITE_CONFIGURATION";

    private const string Command = $"{Write}=1 tests/run.sh Worker.Tests --filter-class '*ConfigurationFilesTests'";

    private static readonly string[] SettingsFiles =
        ["src/Worker/appsettings.json", .. Directory.EnumerateFiles(Repository.PathOf("examples"), "resource.json", SearchOption.AllDirectories)];

    [Fact]
    public void The_page_says_what_the_options_say() => IsUpToDate(Page, ConfigurationPage.Make());

    [Fact]
    public void The_schema_says_what_the_options_say() => IsUpToDate(Schema, ConfigurationSchema.Make());

    [Fact]
    public async Task The_shipped_settings_and_every_example_keep_to_the_schema()
    {
        JsonSchema schema = await JsonSchema.FromJsonAsync(ConfigurationSchema.Make(), TestContext.Current.CancellationToken);
        IEnumerable<string> settings = SettingsFiles.Select(Repository.Read)
            .Concat(JsonBlock().Matches(Repository.Read("docs/resources.md")).Select(block => block.Groups["json"].Value).Where(json => json.Contains("\"Resource\"", StringComparison.Ordinal)));

        Assert.All(settings, json => Assert.Empty(schema.Validate(json)));
    }

    /// <summary>Each beside the key of its error; the worker refuses all of them, too.</summary>
    [Theory]
    [InlineData("""{ "Ingestion": { "Strategi": "Async" } }""")]
    [InlineData("""{ "Ingestion": { "DegreeOfParallelism": 100001 } }""")]
    [InlineData("""{ "Ingestion": { "DegreeOfParallelism": "many" } }""")]
    [InlineData("""{ "Ingestion": { "Source": "Idz" } }""")]
    [InlineData("""{ "Ingestion": { "Delay": "2" } }""")]
    [InlineData("""{ "Ingestion": { "FailAbove": "101%" } }""")]
    [InlineData("""{ "Ingestion": { "Resume": "maybe" } }""")]
    [InlineData("""{ "Upstream": { "BaseAddress": "rickandmortyapi.com" } }""")]
    [InlineData("""{ "Upstream": { "BaseAddress": "https://user:password@localhost/" } }""")]
    [InlineData("""{ "Upstream": { "OAuth": { "Secret": "x" } } }""")]
    [InlineData("""{ "Upstream": { "RetryRatio": 1.5 } }""")]
    [InlineData("""{ "Storage": { "Schema": "pg_mine" } }""")]
    [InlineData("""{ "Storage": { "MaxBatchSize": "" } }""")]
    [InlineData("""{ "Resource": { "Catalog": { "Pages": "x" } } }""")]
    [InlineData("""{ "Resource": { "Required": { "/name": "text" } } }""")]
    [InlineData("""{ "Resource": { "IdType": "Uuid" } }""")]
    [InlineData("""{ "Resource": { "Name": "" } }""")]
    [InlineData("""{ "Tracing": { "Viewer": "" } }""")]
    [InlineData("""{ "Logging": { "LogLevel": { "Default": "Loud" } } }""")]
    [InlineData("""{ "Logging": { "Console": { "Formatter": "json" } } }""")]
    [InlineData("""{ "Logging": { "Console": { "MaxQueueLength": 0 } } }""")]
    [InlineData("""{ "OTEL_TRACES_EXPORTER": "zipkin" }""")]
    public async Task What_the_worker_refuses_the_schema_refuses(string json)
    {
        JsonSchema schema = await JsonSchema.FromJsonAsync(ConfigurationSchema.Make(), TestContext.Current.CancellationToken);

        Assert.NotEmpty(schema.Validate(json));
        Assert.NotEmpty(ErrorsOf(json));
    }

    [Theory]
    [InlineData("""{ "$schema": "./appsettings.schema.json", "Mine": { "Key": 1 }, "ConnectionStrings": { "Mine": "x" } }""")]
    [InlineData("""{ "Ingestion": { "DegreeOfParallelism": "auto", "FailAbove": "0.5%", "Repeat": "", "Delay": "1.00:00:00.5" } }""")]
    [InlineData("""{ "Ingestion": { "DegreeOfParallelism": "8", "FailAbove": 10, "Resume": false } }""")]
    [InlineData("""{ "Upstream": { "Headers": { "X-Api-Key": "k" }, "RequestsPerSecond": 0.5, "OAuth": { "TokenUrl": "https://localhost/token", "ClientId": "", "Scope": "a b" } } }""")]
    [InlineData("""{ "Resource": { "Columns": { "name": "text /name", "type": "" }, "Required": { "/type": "" }, "Catalog": { "Path": "things" } } }""")]
    [InlineData("""{ "Logging": { "LogLevel": { "Default": "Debug", "System.Net.Http": "None" }, "Console": { "FormatterName": "json", "LogLevel": { "Ingestion": "Error" } }, "EventLog": { "LogLevel": { "Default": "None" } } } }""")]
    [InlineData("""{ "OTEL_SERVICE_NAME": "mine", "OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": 0.5, "OTEL_NEW": "x" }""")]
    public async Task What_is_allowed_it_allows(string json)
    {
        JsonSchema schema = await JsonSchema.FromJsonAsync(ConfigurationSchema.Make(), TestContext.Current.CancellationToken);

        ICollection<ValidationError> errors = schema.Validate(json);
        Assert.True(errors.Count == 0, string.Join('\n', errors));
    }

    [Fact]
    public void Every_name_a_setting_may_have_is_one_the_worker_takes() => Assert.All(
        DocumentedSection.All.SelectMany(section => section.Settings).SelectMany(setting => setting.Names.Select(name => (setting.Key, name))),
        choice => Assert.DoesNotContain(
            ConfigurationRules.FindErrors(new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create(choice.Key, (string?)choice.name)]).Build()),
            error => error.StartsWith($"{choice.Key} is '{choice.name}', but must be one of", StringComparison.Ordinal) || error.StartsWith($"{choice.Key} is '{choice.name}', but must be Stages", StringComparison.Ordinal)));

    [Fact]
    public void Every_description_names_the_range_that_is_checked() => Assert.All(
        DocumentedSection.All.SelectMany(section => section.Settings).Where(setting => RangeOf(setting) is not null),
        setting => Assert.Contains(RangeOf(setting)!, DocumentedSection.TextOf(setting.Description, isMarkdown: false), StringComparison.Ordinal));

    private static void IsUpToDate(string file, string made)
    {
        if (Environment.GetEnvironmentVariable(Write) is not null)
            File.WriteAllText(Repository.PathOf(file), made);
        Assert.True(File.Exists(Repository.PathOf(file)) && Repository.Read(file) == made, $"{file} does not say what the options classes say; make it again with: {Command}");
    }

    private static IReadOnlyList<string> ErrorsOf(string json)
    {
        using MemoryStream stream = new(System.Text.Encoding.UTF8.GetBytes(json));
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(TestSupport.Settings.ShippedSettings.Resource).AddJsonStream(stream).Build();
        return [.. ConfigurationRules.FindErrors(configuration), .. Hosting.LogSettings.FindErrors(configuration), .. Hosting.OpenTelemetryVariables.FindErrors(configuration)];
    }

    private static string? RangeOf(DocumentedSetting setting) =>
        setting.Property?.GetCustomAttribute<RangeAttribute>() is { } range ? $"{Quantity(range.Minimum)} to {Quantity(range.Maximum)}"
        : setting.Property?.GetCustomAttribute<DurationRangeAttribute>() is { } durations ? $"{Quantity(durations.Minimum)} to {Quantity(durations.Maximum)}"
        : null;

    private static string Quantity(object bound) => bound switch
    {
        int and >= 1024 and var bytes when bytes % 1_048_576 == 0 => $"{bytes / 1_048_576} MiB",
        1024 => "1 KiB",
        string text => Duration(TimeSpan.Parse(text, CultureInfo.InvariantCulture)),
        IFormattable number => number.ToString("#,0.##", CultureInfo.InvariantCulture),
        _ => throw new InvalidOperationException($"{bound}"),
    };

    private static string Duration(TimeSpan duration) =>
        duration == TimeSpan.Zero ? "0"
        : duration.TotalDays >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{duration.TotalDays:#,0} day{(duration.TotalDays > 1 ? "s" : "")}")
        : duration.TotalHours >= 1 ? $"{duration.TotalHours} hour"
        : duration.TotalMinutes >= 1 ? $"{duration.TotalMinutes} min"
        : duration.TotalSeconds >= 1 ? $"{duration.TotalSeconds} s" : $"{duration.TotalMilliseconds} ms";

    [GeneratedRegex("```json\n(?<json>.*?)```", RegexOptions.Singleline | RegexOptions.NonBacktracking)]
    private static partial Regex JsonBlock();
}
