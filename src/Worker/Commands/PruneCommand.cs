namespace Worker.Commands;

/// <summary><c>prune</c>: removes the history of runs that ended long ago.</summary>
internal static class PruneCommand
{
    private const string Notes = """
        Examples:
          ingestion-worker prune --dry-run
          ingestion-worker prune --older-than 30d

        It keeps runs that are running or may be resumed, and unresolved failures with their runs, however old they are. It removes no records.

        A run that finishes removes what is older than Storage:KeepRuns, and a worker on a queue does so every hour. Use prune to do it now, or with --older-than to keep less.

        Exit codes: 0 done · 3 stopped before the end · 64 the command line is wrong · 69 the database is not available · 78 the configuration is wrong · 1 anything else

        """;

    public static (Command Command, string Notes) Create(Dictionary<string, string?> settings)
    {
        Option<bool> dryRun = new("--dry-run") { Description = "Say what would be removed, and remove nothing." };
        Option<string?> olderThan = new SettingOption("--older-than", "Storage:KeepRuns", SettingOption.DurationText) { Description = "Remove runs that ended longer ago than this, such as 30d or 12h. Default: Storage:KeepRuns, which is 90 days unless you set it.", HelpName = "duration" };
        Command command = new("prune", "Remove the history of runs that ended long ago.") { dryRun, olderThan, RunCommand.Resource() };
        command.SetAction((parsed, _) => WorkerHost.AskAsync(settings, async (services, stop) =>
        {
            if (services.GetRequiredService<IOptions<StorageOptions>>().Value.KeepRuns is not { } keep)
                throw new CommandLineException("Storage:KeepRuns is empty, so history is kept for ever; say how old it has to be with --older-than");

            IRetention retention = services.GetRequiredService<IRetention>();
            History old = await retention.FindAsync(keep, stop);
            bool isDry = parsed.GetValue(dryRun);
            History gone = isDry ? old : await retention.PruneAsync(keep, patience: null, stop);
            string kept = old.RunsKept > 0 ? $"; {Quantity.Of(old.RunsKept, "run")} as old {(old.RunsKept == 1 ? "stays" : "stay")}, with failures that are unresolved" : "";
            await Console.Out.WriteLineAsync(
                $"{(isDry ? "would remove" : "removed")} {Quantity.Of(gone.Runs, "run")} and {Quantity.Of(gone.Outcomes, "outcome")} that ended more than {Age(keep)} ago{kept}");
            return ExitCodes.Success;
        }));
        return (command, Notes);
    }

    private static string Age(TimeSpan age) => age.TotalDays >= 2 ? Quantity.Of((long)age.TotalDays, "day") : Quantity.Of(age);
}
