using Ingestion.Items;
using Ingestion.Storage;
using Worker.Hosting;
using Worker.Reports;

namespace Worker.Commands;

/// <summary><c>status</c>: the latest runs, and what failed and was not ingested since.</summary>
internal static class StatusCommand
{
    private const int DefaultLimit = 10;
    private const int MaxLimit = 1_000;

    private const string Notes = """
        Examples:
          ingestion-worker status
          ingestion-worker status --limit 1 --json
          ingestion-worker status --run 01a202c5-825d-78f6-ba15-53bff92277af

        Below the runs stands what failed, by reason; numbers that differ from item to item are shown as N. A failure is resolved, and no longer listed,
        when its item is ingested by a redrive, or by another run that has ended. The database has each with its full reason:
          SELECT item_id, attempts, error FROM ingestion.outcomes WHERE outcome = 'Failed' AND resolved_at IS NULL;

        Exit codes: 0 shown · 64 the command line is wrong · 69 the database was not available · 78 the configuration is wrong · 1 no such run, or anything else

        """;

    public static (Command Command, string Notes) Create(Dictionary<string, string?> settings)
    {
        Option<int> limit = new ParsedOption<int>("--limit", text => (int)SettingOption.WholeNumber(text, 1, MaxLimit)) { Description = $"How many runs to show, 1 to {MaxLimit}.", HelpName = "number", DefaultValueFactory = _ => DefaultLimit };
        ParsedOption<Guid?> run = new("--run", RedriveCommand.RunId) { Description = "Show only this run and what failed in it.", HelpName = "id" };
        Option<bool> json = new("--json") { Description = "Print JSON instead of tables." };
        Command command = new("status", "Show the latest runs, newest first, and what failed.") { limit, run, RunCommand.Resource(), json };
        command.SetAction((parsed, _) => WorkerHost.AskAsync(settings, (services, stop) => ShowAsync(services, parsed.GetValue(limit), parsed.GetValue(run), parsed.GetValue(json), stop)));
        return (command, Notes);
    }

    private static async Task<int> ShowAsync(IServiceProvider services, int limit, Guid? run, bool asJson, CancellationToken stop)
    {
        IReadOnlyList<RunRecord> runs = await services.GetRequiredService<IRunHistory>().ListAsync(limit, run, stop);
        DeadLetterSummary deadLetters = await services.GetRequiredService<IDeadLetters>().SummarizeAsync(new DeadLetterFilter { Run = run }, stop);
        if (run is not null && runs.Count == 0)
        {
            await Console.Error.WriteLineAsync($"ingestion-worker: there is no run {run}; ingestion-worker status lists them");
            return ExitCodes.Error;
        }

        if (asJson)
        {
            await Console.Out.WriteLineAsync(StatusReport.ToJson(runs, deadLetters));
        }
        else
        {
            StatusTable.Write(Terminal.Output(), runs);
            if (deadLetters.Count > 0)
                DeadLetterTable.Write(Terminal.Output(), "Failed items not yet resolved", deadLetters);
        }

        return StandardStreams.OutputProblem is null ? ExitCodes.Success : ExitCodes.Error;
    }
}
