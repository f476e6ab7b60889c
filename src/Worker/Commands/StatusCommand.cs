namespace Worker.Commands;

/// <summary><c>status</c>: the latest runs, and what failed and was not ingested since.</summary>
internal static class StatusCommand
{
    private const int DefaultLimit = 10;
    private const int MaxLimit = 1_000;

    /// <summary>The line with the rates, the head of the table, and what may be said below it.</summary>
    private const int LinesAround = 7;

    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(1), LeastInterval = TimeSpan.FromMilliseconds(100), MostInterval = TimeSpan.FromHours(1);

    private const string Notes = """
        Examples:
          ingestion-worker status
          ingestion-worker status --limit 1 --json
          ingestion-worker status --watch --interval 5s
          ingestion-worker status --run 01a202c5-825d-78f6-ba15-53bff92277af

        Below the runs it lists what failed, by reason; N is for numbers that differ between items. A failure is resolved, and no longer listed, when a redrive, or another
        run that has ended, ingested its item. ingestion-worker dead shows each failure with its full reason, and so does the database:
          SELECT item_id, attempts, error FROM ingestion.outcomes WHERE outcome = 'Failed' AND resolved_at IS NULL;

        With --watch it keeps showing the runs of all workers of the database, with their rates, until Ctrl-C. Where the output is not a terminal, each update is a block of
        plain text.

        Exit codes: 0 shown · 64 the command line is wrong · 69 the database was not available · 78 the configuration is wrong · 1 no such run, or anything else

        """;

    public static (Command Command, string Notes) Create(Dictionary<string, string?> settings)
    {
        Option<int> limit = new ParsedOption<int>("--limit", text => (int)SettingOption.WholeNumber(text, 1, MaxLimit)) { Description = $"Runs to show, 1 to {MaxLimit}.", HelpName = "number", DefaultValueFactory = _ => DefaultLimit };
        ParsedOption<Guid?> run = new("--run", RedriveCommand.RunId) { Description = "Show only this run and what failed in it.", HelpName = "id" };
        Option<bool> json = new("--json") { Description = "Print JSON instead of tables." };
        Option<bool> watch = new("--watch") { Description = "Keep showing the runs, with their rates, until Ctrl-C." };
        ParsedOption<TimeSpan?> interval = new("--interval", Interval) { Description = "How often --watch looks, from 100ms to 1h, such as 5s. Default 1s.", HelpName = "duration" };
        Command command = new("status", "Show the latest runs, newest first, and what failed.") { limit, run, RunCommand.Resource(), json, watch, interval };
        command.SetAction((parsed, _) =>
        {
            if (parsed.GetValue(watch) && parsed.GetValue(json))
                throw new CommandLineException("--watch shows tables again and again, and --json prints once: leave one of them out");
            if (!parsed.GetValue(watch) && parsed.GetValue(interval) is not null)
                throw new CommandLineException("--interval says how often --watch looks: add --watch, or leave it out");
            return WorkerHost.AskAsync(settings, (services, stop) => parsed.GetValue(watch)
                ? WatchAsync(services, parsed.GetValue(limit), parsed.GetValue(run), parsed.GetValue(interval) ?? DefaultInterval, stop)
                : ShowAsync(services, parsed.GetValue(limit), parsed.GetValue(run), parsed.GetValue(json), stop));
        });
        return (command, Notes);
    }

    private static TimeSpan? Interval(string text) => Duration.Parse(text) is var interval && interval >= LeastInterval && interval <= MostInterval
        ? interval
        : throw new FormatException($"'{text}' is not from {LeastInterval:c} to {MostInterval:c}");

    private static int NoSuchRun(Guid? run)
    {
        Console.Error.WriteLine($"ingestion-worker: there is no run {run}; ingestion-worker status lists them");
        return ExitCodes.Error;
    }

    /// <summary>Shows the runs until it is asked to stop. While the database is away it waits.</summary>
    private static async Task<int> WatchAsync(IServiceProvider services, int limit, Guid? run, TimeSpan interval, CancellationToken stop)
    {
        IRunHistory history = services.GetRequiredService<IRunHistory>();
        TimeProvider time = services.GetRequiredService<TimeProvider>();
        FleetRates rates = new(time);
        IAnsiConsole console = Terminal.Output();
        using PeriodicTimer timer = new(interval, time);
        try
        {
            IReadOnlyList<RunRecord> runs = await history.ListAsync(limit, run, stop);
            if (run is not null && runs.Count == 0)
                return NoSuchRun(run);

            for (string? problem = null; StandardStreams.OutputProblem is null;)
            {
                Show(console, runs, rates.Next(runs), problem, time.GetUtcNow());
                await timer.WaitForNextTickAsync(stop);
                try
                {
                    (runs, problem) = (await history.ListAsync(limit, run, stop), null);
                }
                catch (IngestionUnavailableException e)
                {
                    problem = e.Message;
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCodes.Success;
        }

        return ExitCodes.Error;
    }

    private static void Show(IAnsiConsole console, IReadOnlyList<RunRecord> runs, IReadOnlyDictionary<Guid, double> rates, string? problem, DateTimeOffset now)
    {
        int shown = runs.Count;
        if (Terminal.IsInteractive)
        {
            // From the first line, and no longer than the screen; what was there before can be scrolled back to.
            console.Write(new ControlCode("\u001b[H\u001b[J"));
            shown = Math.Min(shown, Math.Max(1, (console.Profile.Height - LinesAround) / StatusTable.LinesPerRun(console)));
        }

        string running = Quantity.Of(runs.Count(run => run.Status == RunStatus.Running), "run is going on", "runs are going on");
        console.WriteLine($"{Quantity.Of(now)} UTC: {running}{(rates.Count > 0 ? $", {Quantity.Of(rates.Values.Sum())} items/s" : "")}");
        if (problem is not null)
            console.WriteLine($"Shown is what was known before: {problem}");
        StatusTable.Write(console, [.. runs.Take(shown)], rates);
        if (shown < runs.Count)
            console.WriteLine($"  and {Quantity.Of(runs.Count - shown)} more than the terminal has room for");
    }

    private static async Task<int> ShowAsync(IServiceProvider services, int limit, Guid? run, bool asJson, CancellationToken stop)
    {
        IReadOnlyList<RunRecord> runs = await services.GetRequiredService<IRunHistory>().ListAsync(limit, run, stop);
        DeadLetterSummary deadLetters = await services.GetRequiredService<IDeadLetters>().SummarizeAsync(new DeadLetterFilter { Run = run }, stop);
        if (run is not null && runs.Count == 0)
            return NoSuchRun(run);

        if (asJson)
        {
            await Console.Out.WriteLineAsync(StatusJson.ToJson(runs, deadLetters));
        }
        else
        {
            StatusTable.Write(Terminal.Output(), runs);
            if (deadLetters.Count > 0)
                DeadLetterTable.Write(Terminal.Output(), "Failed items not yet resolved", deadLetters);
        }

        return StandardStreams.ExitCode;
    }
}
