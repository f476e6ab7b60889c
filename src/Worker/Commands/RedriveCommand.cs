namespace Worker.Commands;

/// <summary><c>redrive</c>: ingests again what failed.</summary>
internal static class RedriveCommand
{
    private const string Notes = $$"""
        Examples:
          ingestion-worker redrive --dry-run
          ingestion-worker redrive --reason "HTTP 503" --since 24h --rate 5
          ingestion-worker redrive --ids 1-10,42 --strategy Sequential

        Without a filter it redrives every failed item that no later run has ingested. With several filters, an item must match all of them. Times are ISO 8601, in UTC unless
        they have an offset, or how long ago. Times and reason are those of an item's latest failure. ingestion-worker status lists the reasons.

        A redrive is a separate run over the source redrive, and only one runs at a time. You may stop it and start it again: what was ingested is not fetched again. It runs
        once, whatever Ingestion:Repeat says. It may run beside a worker, so it has no health endpoints unless you set --Health:Port.

        Exit codes:
          0   no more items failed again than --fail-above allows, or there was nothing to redrive
          2   more items failed again than --fail-above allows
        {{ExitCodes.Tail}}
        """;

    public static (Command Command, string Notes) Create(Dictionary<string, string?> settings)
    {
        ParsedOption<Guid?> run = new("--run", RunId) { Description = "Only what failed in this run.", HelpName = "id" };
        ParsedOption<string> reason = Reason();
        ParsedOption<IdRanges> ids = new("--ids", KeyOptions.ParseIds) { Description = "Only these items: ranges and single IDs, such as 1-10,42.", HelpName = "ids" };
        ParsedOption<DateTimeOffset?> since = new("--since", Time) { Description = "Only what failed at this time or later, such as 2026-11-23T14:20:00Z, or 24h for a day ago.", HelpName = "time" };
        ParsedOption<DateTimeOffset?> until = new("--until", Time) { Description = "Only what failed before this time.", HelpName = "time" };
        Option<bool> dryRun = new("--dry-run") { Description = "Show what would be redriven, by reason, and change nothing." };
        FileOptions files = new();
        Command command = new("redrive", "Ingest again what failed and has not been ingested since.")
        {
            run, reason, ids, since, until, dryRun,
            new SettingOption("--rate", "Upstream:RequestsPerSecond", SettingOption.Number) { Description = "Most requests per second. Default: no limit.", HelpName = "number" },
            RunCommand.Strategy(), RunCommand.Degree(), RunCommand.Resource(), RunCommand.FailAbove(), files.Summary, files.Report, files.ChromeTrace,
        };
        command.SetAction((parsed, _) => RedriveAsync(settings, parsed.GetValue(dryRun), files.Read(parsed), new DeadLetterFilter
        {
            Run = parsed.GetValue(run),
            Reason = parsed.GetValue(reason),
            Ids = parsed.GetValue(ids),
            Since = parsed.GetValue(since),
            Until = parsed.GetValue(until),
        }));
        return (command, Notes);
    }

    public static ParsedOption<string> Reason() => new("--reason", text => string.IsNullOrWhiteSpace(text) ? throw new FormatException("the text is empty") : text)
    {
        Description = "Only failures whose reason contains this text, in upper or lower case.",
        HelpName = "text",
    };

    public static Guid? RunId(string text) =>
        Guid.TryParse(text, out Guid id) ? id : throw new FormatException($"'{text}' is not the ID of a run; ingestion-worker status lists them");

    private static async Task<int> RedriveAsync(Dictionary<string, string?> settings, bool isDryRun, RunFiles files, DeadLetterFilter filter)
    {
        if (filter.Since >= filter.Until)
            throw new CommandLineException("--since is not before --until");

        settings["Ingestion:Repeat"] = "";
        settings.TryAdd("Health:Port", "0");
        long found = 0;
        int looked = await WorkerHost.AskAsync(settings, async (services, stop) =>
        {
            IDeadLetters deadLetters = services.GetRequiredService<IDeadLetters>();
            if (isDryRun)
            {
                // It shows how much there is to do, and migrates nothing.
                DeadLetterSummary summary = await deadLetters.SummarizeAsync(filter, stop);
                if (summary.Count > 0)
                    DeadLetterTable.Write(Terminal.Output(), "Would be redriven", summary);
                found = summary.Count;
                return ExitCodes.Success;
            }

            await services.GetRequiredService<ISchema>().EnsureReadyAsync(stop);
            found = await deadLetters.CountAsync(filter, stop);
            return ExitCodes.Success;
        });
        if (looked == ExitCodes.Success && found == 0)
        {
            await Console.Out.WriteLineAsync(filter == DeadLetterFilter.All
                ? "nothing to redrive: whatever failed was ingested since"
                : "nothing to redrive: whatever failed was ingested since, or is not what the filter selects");
        }

        return found == 0 || isDryRun ? looked : await RunCommand.RunAsync(settings, files, filter);
    }

    private static DateTimeOffset? Time(string text) => Moment.Parse(text, TimeProvider.System.GetUtcNow());
}
