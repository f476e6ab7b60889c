using Ingestion.Configuration;
using Ingestion.Runs;
using Ingestion.Upstream;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Ingestion.Tests.Configuration;

public sealed class SettingsTests
{
    [Theory]
    [InlineData("Ingestion:DegreeOfParallelism", "-1", "Ingestion:DegreeOfParallelism is '-1', but must be a whole number from 0 to 100000")]
    [InlineData("Ingestion:DegreeOfParallelism", "many", "Ingestion:DegreeOfParallelism is 'many', but must be a whole number")]
    [InlineData("Ingestion:DegreeOfParallelism", "1.5", "must be a whole number")]
    [InlineData("Ingestion:DegreeOfParallelism", "automatic", "must be a whole number from 0 to 100000, or auto")]
    [InlineData("Ingestion:DegreeOfParallelism", "", "must be a whole number from 0 to 100000, or auto")]
    [InlineData("Ingestion:FailAbove", "1.5", "Ingestion:FailAbove is '1.5', but must be a whole number of items, such as 10, or a share from 0% to 100%, such as 0.5%")]
    [InlineData("Ingestion:FailAbove", "", "Ingestion:FailAbove is '', but must be a whole number of items")]
    [InlineData("Ingestion:Delay", "2", "must be a duration written as [d.]hh:mm:ss[.fff]")]
    [InlineData("Ingestion:Delay", "-00:00:01", "from 00:00:00 to 01:00:00")]
    [InlineData("Ingestion:Resume", "maybe", "must be true or false")]
    [InlineData("Ingestion:Strategi", "Async", "Ingestion:Strategi is not a setting; did you mean Ingestion:Strategy?")]
    [InlineData("Ingestion:Ids:0", "1", "Ingestion:Ids has keys below it")]
    public void A_bad_value_is_named_with_its_key_and_what_is_allowed(string key, string value, string expected)
    {
        string error = Assert.Single(Settings.Check<IngestionOptions>(Configuration((key, value)), IngestionOptions.Section));

        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp://example.org/")]
    [InlineData("/api/")]
    [InlineData("not a url")]
    [InlineData("https://user:secret@example.org/")]
    [InlineData("https://user:a/secret@example.org/")]
    [InlineData("user:secret@example.org")]
    public void A_base_address_must_be_an_absolute_web_url_without_credentials(string value)
    {
        string error = Assert.Single(Settings.Check<UpstreamOptions>(Configuration(("Upstream:BaseAddress", value)), UpstreamOptions.Section));

        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://host/api/?key=secret", "https://host/api/?***")]
    [InlineData("https://host/api/?secret", "https://host/api/?***")]
    [InlineData("https://host/#token=secret", "https://host/#***")]
    [InlineData("https://user:secret@host/api/?key=secret", "***@host/api/?***")]
    [InlineData("https://host/?mail=a@b&key=secret", "***")]
    [InlineData("https://user:sec?ret@host/", "***")]
    [InlineData("https//user:secret@host", "***@host")]
    [InlineData("https://host/api/", "https://host/api/")]
    public void What_may_be_a_secret_in_an_address_is_not_shown(string text, string shown) => Assert.Equal(shown, Settings.WithoutCredentials(text));

    [Fact]
    public void White_space_around_a_value_is_left_out()
    {
        IConfigurationRoot configuration = Configuration(
            ("Ingestion:DegreeOfParallelism", " 4\n"), ("Ingestion:Strategy", " Pipeline "), ("Ingestion:Delay", "\t00:00:01"), ("Ingestion:Resume", "false\r\n"), ("Ingestion:Repeat", " "));

        Assert.Empty(ConfigurationRules.FindErrors(configuration));
        Assert.Equal(
            ["4", "Pipeline", "00:00:01", "false", "none"],
            ((string[])["DegreeOfParallelism", "Strategy", "Delay", "Resume", "Repeat"]).Select(name => Settings.Read<IngestionOptions>(configuration, IngestionOptions.Section).Single(setting => setting.Key == "Ingestion:" + name).Value));
    }

    [Fact]
    public void An_empty_value_means_none_where_there_can_be_none()
    {
        Assert.Empty(Settings.Check<IngestionOptions>(Configuration(("Ingestion:Repeat", "")), IngestionOptions.Section));
        Assert.Single(Settings.Check<IngestionOptions>(Configuration(("Ingestion:Delay", "")), IngestionOptions.Section));
    }

    [Fact]
    public void A_reload_with_an_error_keeps_the_last_good_values()
    {
        IConfigurationRoot configuration = Configuration(("Ingestion:DegreeOfParallelism", "4"));
        using ServiceProvider services = new ServiceCollection()
            .AddSettings<IngestionOptions>(configuration, IngestionOptions.Section)
            .BuildServiceProvider();
        IOptionsMonitor<IngestionOptions> options = services.GetRequiredService<IOptionsMonitor<IngestionOptions>>();
        Assert.Equal(4, options.CurrentValue.DegreeOfParallelism.Number);

        Change(configuration, "nonsense");
        Assert.Equal(4, options.CurrentValue.DegreeOfParallelism.Number);

        Change(configuration, "9");
        Assert.Equal(9, options.CurrentValue.DegreeOfParallelism.Number);
    }

    [Fact]
    public void A_reload_with_an_error_takes_nothing_over()
    {
        IConfigurationRoot configuration = Configuration(("Ingestion:DegreeOfParallelism", "4"));
        using ServiceProvider services = new ServiceCollection()
            .AddSettings<IngestionOptions>(configuration, IngestionOptions.Section)
            .BuildServiceProvider();
        IOptionsMonitor<IngestionOptions> options = services.GetRequiredService<IOptionsMonitor<IngestionOptions>>();
        Assert.Null(options.CurrentValue.Repeat);

        configuration["Ingestion:Repeat"] = "01:00:00";
        Change(configuration, "nonsense");
        Assert.Null(options.CurrentValue.Repeat);

        Change(configuration, "4");
        Assert.Equal(TimeSpan.FromHours(1), options.CurrentValue.Repeat);
    }

    [Fact]
    public void An_error_in_another_section_keeps_the_last_good_values_too()
    {
        IConfigurationRoot configuration = Configuration(("Ingestion:DegreeOfParallelism", "4"), ("Ingestion:Strategy", "ThreadPool"));
        using ServiceProvider services = new ServiceCollection()
            .AddSettings<IngestionOptions>(configuration, IngestionOptions.Section, ConfigurationRules.FindErrors)
            .BuildServiceProvider();
        IOptionsMonitor<IngestionOptions> options = services.GetRequiredService<IOptionsMonitor<IngestionOptions>>();
        Assert.Equal(4, options.CurrentValue.DegreeOfParallelism.Number);

        configuration["Upstream:MaxAttempts"] = "0";
        Change(configuration, "9");
        Assert.Equal(4, options.CurrentValue.DegreeOfParallelism.Number);

        configuration["Upstream:MaxAttempts"] = "1";
        Change(configuration, "0");
        Assert.Equal(4, options.CurrentValue.DegreeOfParallelism.Number);
    }

    [Fact]
    public void The_values_that_settings_have_can_be_read_with_what_follows_a_reload()
    {
        IReadOnlyList<SettingState> settings = ConfigurationRules.Read(Configuration(("Ingestion:ChannelCapacity", "7"), ("ConnectionStrings:Postgres", "Host=x")));

        Assert.Contains(new SettingState("Ingestion:ChannelCapacity", "7", FollowsReload: false), settings);
        Assert.Contains(new SettingState("ConnectionStrings:Postgres", "Host=x", FollowsReload: false, IsSecret: true), settings);
        Assert.Equal(
            ["Upstream:RequestsPerSecond", "Ingestion:DegreeOfParallelism", "Ingestion:Repeat"],
            settings.Where(setting => setting.FollowsReload).Select(setting => setting.Key));
    }

    [Fact]
    public void Every_setting_is_described_with_its_default()
    {
        IReadOnlyList<SettingDescription> settings = Settings.Describe<IngestionOptions>(IngestionOptions.Section);

        Assert.Contains(new SettingDescription("Ingestion:Delay", "00:00:00", "a duration written as [d.]hh:mm:ss[.fff] from 00:00:00 to 01:00:00"), settings);
        Assert.Contains(settings, setting => setting is { Key: "Ingestion:Repeat", Default: "none" });
    }

    private static IConfigurationRoot Configuration(params (string Key, string Value)[] values) =>
        Resources.Configuration(values);

    private static void Change(IConfigurationRoot configuration, string degree)
    {
        configuration["Ingestion:DegreeOfParallelism"] = degree;
        configuration.Reload();
    }
}
