using System.Text.Json.Nodes;
using Ingestion.Runs.Validating;

namespace Worker.Commands;

/// <summary><c>validate</c>: whether a run could start.</summary>
internal static class ValidateCommand
{
    private const string Notes = """
        Examples:
          ingestion-worker validate
          ingestion-worker validate --resource locations.json --json

        It checks the configuration, then the database with its schema, its table and the rights of the user. With the source RabbitMq it checks the broker and its queue. It
        asks the upstream once, for the first ID or the first page of the catalog. Each check is one line. When the configuration is wrong, the other checks are skipped;
        otherwise all are made. It does not wait, and it changes nothing: where a start would create something (Storage:MigrateOnStart, RabbitMq:Declare), the line says so.

        Exit codes: 0 a run could start · 3 stopped before the end · 64 the command line is wrong · 69 something is not available · 78 the configuration is wrong, or something
        cannot be used as configured · 1 anything else

        """;

    public static (Command Command, string Notes) Create(Dictionary<string, string?> settings)
    {
        Option<bool> json = new("--json") { Description = "Print JSON instead of lines." };
        Command command = new("validate", "Check the configuration, the database, the broker and the upstream, and change nothing.") { RunCommand.Resource(), json };
        command.SetAction((parsed, _) => ValidateAsync(settings, parsed.GetValue(json)));
        return (command, Notes);
    }

    private static async Task<int> ValidateAsync(Dictionary<string, string?> settings, bool asJson)
    {
        List<Finding> findings = [];
        try
        {
            int asked = await WorkerHost.AskAsync(settings, async (services, stop) =>
            {
                findings.Add(new Finding("configuration", FindingKind.Ok, "ingestion-worker config shows it"));
                findings.AddRange(await services.GetRequiredService<Validator>().ValidateAsync(stop));
                return ExitCodes.Success;
            });
            if (asked != ExitCodes.Success)
                return asked;
        }
        catch (IngestionConfigurationException e) when (findings.Count == 0)
        {
            findings.AddRange(e.Errors.Select(error => new Finding("configuration", FindingKind.Wrong, error)));
            findings.AddRange(((string[])["database", "upstream"]).Select(check => new Finding(check, FindingKind.Skipped, "the configuration comes first")));
        }

        foreach (Finding finding in asJson ? [] : findings)
            await Console.Out.WriteLineAsync($"{NameOf(finding.Kind) + ':',-14} {finding.Check}: {finding.Text}");
        if (asJson)
            await Console.Out.WriteLineAsync(ToJson(findings));
        return StandardStreams.OutputProblem is not null ? ExitCodes.Error
            : findings.Exists(finding => finding.Kind == FindingKind.Wrong) ? ExitCodes.BadConfiguration
            : findings.Exists(finding => finding.Kind == FindingKind.Unavailable) ? ExitCodes.Unavailable : ExitCodes.Success;
    }

    /// <summary>Other programs read it: names and order stay as they are.</summary>
    internal static string ToJson(IEnumerable<Finding> findings) => new JsonObject
    {
        ["checks"] = new JsonArray([.. findings.Select(finding => new JsonObject
        {
            ["check"] = finding.Check,
            ["result"] = RunJson.NameOf(finding.Kind),
            ["text"] = finding.Text,
        })]),
    }.ToJsonString(OutputJsonContext.Default.Options);

    private static string NameOf(FindingKind kind) => kind switch
    {
        FindingKind.Unavailable => "not available",
        FindingKind.Skipped => "not checked",
        _ => RunJson.NameOf(kind),
    };
}
