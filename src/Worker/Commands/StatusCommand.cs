using System.CommandLine;
using Ingestion.Storage;
using Worker.Hosting;
using Worker.Reports;

namespace Worker.Commands;

/// <summary><c>status</c>: the latest runs.</summary>
internal static class StatusCommand
{
    private const int DefaultLimit = 10;
    private const int MaxLimit = 1_000;

    private const string Notes = """
        Examples:
          ingestion-worker status
          ingestion-worker status --limit 1 --json

        Why items failed stands in the database:
          select character_id, attempts, error from ingestion.outcomes where run_id = '<run>' and outcome = 'failed';

        Exit codes: 0 shown · 64 the command line is wrong · 78 the configuration is wrong · 1 anything else

        """;

    public static (Command Command, string Notes) Create(Dictionary<string, string?> settings)
    {
        Option<int> limit = new("--limit")
        {
            Description = $"How many runs to show, 1 to {MaxLimit}.",
            HelpName = "number",
            DefaultValueFactory = _ => DefaultLimit,
            CustomParser = result =>
            {
                if (int.TryParse(result.Tokens[0].Value, out int number) && number is >= 1 and <= MaxLimit)
                    return number;
                result.AddError($"--limit: '{result.Tokens[0].Value}' is not a whole number from 1 to {MaxLimit}");
                return 0;
            },
        };
        Option<bool> json = new("--json") { Description = "Print JSON instead of a table." };
        Command command = new("status", "Show the latest runs, newest first.") { limit, json };
        command.SetAction((parsed, _) => ShowAsync(settings, parsed.GetValue(limit), parsed.GetValue(json)));
        return (command, Notes);
    }

    private static async Task<int> ShowAsync(Dictionary<string, string?> settings, int limit, bool asJson)
    {
        using StopSignals signals = new();
        using IHost host = WorkerHost.CreateForCommand(settings);
        IReadOnlyList<RunRecord> runs;
        try
        {
            runs = await host.Services.GetRequiredService<IRunHistory>().ListAsync(limit, signals.First);
        }
        catch (OperationCanceledException) when (signals.First.IsCancellationRequested)
        {
            return ExitCodes.Stopped;
        }

        if (asJson)
            await Console.Out.WriteLineAsync(StatusReport.ToJson(runs));
        else
            StatusTable.Write(Terminal.Output(), runs);
        return ExitCodes.Success;
    }
}
