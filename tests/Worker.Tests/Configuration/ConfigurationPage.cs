using System.Text;
using Ingestion.Configuration;
using Worker.Commands;
using Worker.Hosting;

namespace Worker.Tests.Configuration;

/// <summary>Makes <c>docs/configuration.md</c>.</summary>
internal static class ConfigurationPage
{
    private const string Introduction = """
        # Configuration

        Every setting, made from the options classes: a test fails when this page says something else than they do. `ingestion-worker config` shows the values a worker would have, and where each comes
        from; `ingestion-worker validate` checks them.

        Settings come from `appsettings.json`, then a file for each key in `/run/secrets` (`ConnectionStrings__Postgres`; `INGESTION_SECRETS` names another folder), then environment variables
        (`Ingestion__Strategy=Async`), then the command line (an option such as `--strategy Async`, or any key as it is: `--Ingestion:ChannelCapacity=64`). A later source wins. All of it is checked before
        anything starts: a bad value, or a key that a section does not have, ends the process with code 78 and a line that names it. White space around a value is left out.

        | type | is written as |
        |---|---|
        | duration | `[d.]hh:mm:ss[.fff]`: `00:00:10` is ten seconds, `7.00:00:00` a week; the options of the command line also take `2s`, `500ms`, `1m30s` |
        | share | per cent: `0.5%` |
        | URL | absolute, http or https, without user name and password |
        | map | a key for each name: `Upstream:Headers:X-Api-Key` |

        Where a number, a duration or a text has no default, an empty value is none, too. What is marked *reload* follows a change of `appsettings.json` [while the worker runs](operate.md#reload). Passwords do not belong
        [on the command line](security.md#secrets).

        [`appsettings.schema.json`](../src/Worker/appsettings.schema.json) says the same to an editor, which then completes and checks what is written. It lies beside the program; a file names it in its first line:

        ```json
        { "$schema": "./appsettings.schema.json" }
        ```

        The worker does not look at upper and lower case; the schema wants keys and names as they stand here.
        """;

    private const string Log = """
        ## Logging

        The log of [.NET](https://learn.microsoft.com/dotnet/core/extensions/logging), on standard error unless it is told otherwise; all of it follows a [reload](operate.md#reload). A level is one of `Trace`, `Debug`, `Information`,
        `Warning`, `Error`, `Critical` and `None`.

        | key | must be |
        |---|---|
        | `Logging:LogLevel:<category>` | a level; `Default` is `Information` |
        | `Logging:Console:LogLevel:<category>`, `Logging:OpenTelemetry:LogLevel:<category>` | a level, for one of the two ways out |
        """;

    private const string Telemetry = """
        ## OpenTelemetry

        The variables of [OpenTelemetry](https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/). A value that it would ignore ends the worker, as a wrong setting does; of a name that is nearly one
        of these there is a warning.

        | variable | must be |
        |---|---|
        """;

    private static readonly Dictionary<string, string> Options =
        CommandLine.CreateRoot(out _).Subcommands.Single(command => command.Name == "run").Options.OfType<SettingOption>().ToDictionary(option => option.Key, option => option.Name);

    public static string Make()
    {
        StringBuilder page = new();
        page.Append(Introduction).Append('\n');
        foreach (DocumentedSection section in DocumentedSection.All)
        {
            page.Append($"\n## {section.Name.Replace(":", ": ", StringComparison.Ordinal)}\n\n{DocumentedSection.TextOf(section.Description, isMarkdown: true)}\n\n| key | type | default | meaning |\n|---|---|---|---|\n");
            foreach (DocumentedSetting setting in section.Settings)
                page.Append($"| `{setting.Key}{(setting.IsMap ? ":<name>" : "")}` | {TypeOf(setting)} | {DefaultOf(setting)} | {MeaningOf(setting)} |\n");
        }

        page.Append('\n').Append(Log).Append('\n');
        foreach ((string key, AllowedValue allowed) in LogSettings.Known)
            page.Append($"| `Logging:{key}` | {allowed.Text} |\n");
        page.Append('\n').Append(Telemetry).Append('\n');
        foreach (IGrouping<AllowedValue, KeyValuePair<string, AllowedValue>> rule in OpenTelemetryVariables.Known.GroupBy(variable => variable.Value))
            page.Append($"| {string.Join(", ", rule.Select(variable => $"`{variable.Key}`"))} | {rule.Key.Text} |\n");
        return page.Append("\n**Next:** [Operate](operate.md), or [resources](resources.md).\n").ToString();
    }

    private static string TypeOf(DocumentedSetting setting) => setting switch
    {
        { Names: { Count: > 0 } names } => string.Join(", ", names.Select(name => $"`{name}`")),
        { IsMap: true } => "map",
        _ when setting.Type == typeof(int) => "whole number",
        _ when setting.Type == typeof(Degree) => "whole number or `auto`",
        _ when setting.Type == typeof(FailureAllowance) => "whole number or share",
        _ when setting.Type == typeof(double) => "number",
        _ when setting.Type == typeof(bool) => "`true` or `false`",
        _ when setting.Type == typeof(Uri) => "URL",
        _ when setting.Type == typeof(TimeSpan) => "duration",
        _ => "text",
    };

    private static string DefaultOf(DocumentedSetting setting) => SettingValue.Format(setting.Default) is var text and not "none" ? $"`{text}`" : "none";

    private static string MeaningOf(DocumentedSetting setting) =>
        DocumentedSection.TextOf(setting.Description, isMarkdown: true)
        + (Options.TryGetValue(setting.Key, out string? option) ? $" `{option}` sets it." : "")
        + (setting.FollowsReload ? " *Reload.*" : "");
}
