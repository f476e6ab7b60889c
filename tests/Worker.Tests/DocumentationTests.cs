using System.Text.RegularExpressions;
using Ingestion.Concurrency;
using Ingestion.Configuration;
using Ingestion.Runs;
using Microsoft.Extensions.Configuration;
using Worker.Hosting;
using Worker.Tests.Configuration;

namespace Worker.Tests;

/// <summary>The pages say what the code does.</summary>
public sealed partial class DocumentationTests
{
    [Fact]
    public void The_keys_of_the_readme_have_the_defaults_it_says()
    {
        Dictionary<string, string> settings = DocumentedSection.All.SelectMany(section => section.Settings).ToDictionary(setting => setting.Key, setting => SettingValue.Format(setting.Default));
        (string Key, string Default)[] documented = [.. TableRow().Matches(Repository.Read("README.md")).Select(match => (match.Groups["key"].Value, match.Groups["default"].Value.Trim('`', ' ')))];

        Assert.Equal(10, documented.Length);
        Assert.All(documented, row => Assert.Equal(settings[row.Key], row.Default == "–" ? "none" : row.Default));
    }

    [Fact]
    public void The_reload_table_lists_the_settings_that_follow_one()
    {
        IConfiguration none = new ConfigurationBuilder().Build();
        IEnumerable<SettingState> settings = [.. ConfigurationRules.Read(none), .. Settings.Read<HealthOptions>(none, HealthOptions.Section)];

        Assert.Equal(
            settings.Where(setting => setting.FollowsReload).Select(setting => setting.Key).Order(StringComparer.Ordinal),
            ReloadRow().Matches(Repository.Read("docs/operate.md")).Select(match => match.Groups["key"].Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_message_that_the_page_for_trouble_explains_is_one_of_the_worker()
    {
        string sources = string.Join('\n', Directory.EnumerateFiles(Repository.PathOf("src"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText));
        string[] quoted = [.. FirstCell().Matches(Repository.Read("docs/troubleshoot.md")).SelectMany(cell => Message().Matches(cell.Value)).SelectMany(message => message.Groups["text"].Value.Split('…', StringSplitOptions.TrimEntries))];

        Assert.True(quoted.Length > 5);
        Assert.All(quoted.Where(text => text.Contains(' ')), text => Assert.Contains(text, sources, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_strategy_has_its_row_in_the_readme() =>
        Assert.All(StrategyCatalog.All, strategy => Assert.Contains($"| `{strategy.Name}` |", Repository.Read("README.md"), StringComparison.Ordinal));

    [GeneratedRegex(@"^\| `(?<key>(?:ConnectionStrings|Upstream|Resource|Ingestion|Transform|Tracing|Storage|RabbitMq|Health|Live|Recording):[\w:<>]+)` \| (?<default>[^|]+) \|", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex TableRow();

    [GeneratedRegex(@"^\| .*? \|", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex FirstCell();

    [GeneratedRegex("`(?<text>[^`]+)`", RegexOptions.NonBacktracking)]
    private static partial Regex Message();

    [GeneratedRegex(@"^\| `(?<key>\w+:\w+)` \| (?:at once|when )", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex ReloadRow();
}
