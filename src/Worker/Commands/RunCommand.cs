using System.CommandLine.Completions;
using Ingestion.Concurrency;

namespace Worker.Commands;

/// <summary><c>run</c>: ingests, once or again and again.</summary>
internal static class RunCommand
{
    public const string Name = "run";

    private const string Notes = $$"""
        Examples:
          ingestion-worker run --ids 1-10 --strategy ThreadPool --dop 5 --delay 2s
          ingestion-worker run --source Catalog --repeat 1h
          sort ids.txt | ingestion-worker run --ids-file -
          ingestion-worker run --ids 1-826 --summary summary.json --Ingestion:ChannelCapacity=64
          ingestion-worker run --ids 1-30 --report run.html --chrome-trace run.json
          ingestion-worker run --ids 1-826 --strategy ThreadPool --dop 5 --live
          ingestion-worker run --ids 1-100000 --first 4711,90000-90100
          ingestion-worker run --source RabbitMq --RabbitMq:StopWhenIdle 00:01:00

        --fail-above counts all items of the run, also those that ended before it was resumed. With --repeat, each run is counted separately, and the exit code is that of
        the last one, or 0 when the worker is stopped. On a queue it needs RabbitMq:StopWhenIdle, and counts the items of this worker.

        The first SIGTERM or Ctrl-C lets the items in flight finish; the second aborts them. The next run resumes from there.

        Exit codes:
          0   the run finished, and no more items failed than --fail-above allows; or a worker without an end (a queue, --repeat) was stopped and drained
          2   the run finished, and more items failed than --fail-above allows: ingestion-worker redrive tries them again
        {{ExitCodes.Tail}}
        """;

    public static (Command Command, string Notes) Create(Dictionary<string, string?> settings)
    {
        Option<bool> noResume = new("--no-resume") { Description = "Start a new run instead of resuming an unfinished one over the same source, resource and upstream." };
        Option<bool> declare = EnqueueCommand.Declare();
        Option<bool> live = new("--live") { Description = "Serve a page that shows the run live, at Live:Port or on any free port of this machine. The address is printed. See docs/live.md." };
        FileOptions files = new();
        Command command = new(Name, "Ingest, once or repeatedly. The default when no command is given.")
        {
            Ids(), IdsFile(), Query(), Source(), First(), Strategy(), Degree(), Delay(),
            new SettingOption("--repeat", "Ingestion:Repeat", SettingOption.DurationText) { Description = "Start the next run this long after the last one ended, such as 1h or 1m30s. Without it, the worker exits when the run ends.", HelpName = "duration" },
            Upstream(), Resource(), FailAbove(), noResume, declare, live, files.Summary, files.Report, files.ChromeTrace,
        };
        command.SetAction((parsed, _) =>
        {
            if (parsed.GetValue(noResume))
                settings["Ingestion:Resume"] = "false";
            if (parsed.GetValue(declare))
                settings["RabbitMq:Declare"] = "true";
            return RunAsync(settings, files.Read(parsed), isLive: parsed.GetValue(live));
        });
        return (command, Notes);
    }

    public static Option<string?> Ids() => new SettingOption("--ids", "Ingestion:Ids") { Source = "Ids", Description = "Ranges and single IDs, such as 1-10,42,100-200. Default 1-826.", HelpName = "ids" };

    public static Option<string?> IdsFile() => new SettingOption("--ids-file", "Ingestion:IdsFile") { Source = "File", Description = "A file with IDs, one per line, or - for standard input.", HelpName = "file|-" };

    public static Option<string?> Query() => new SettingOption("--query", "Ingestion:Query") { Source = "Query", Description = "A query in SQL over the same database. Its first column holds the IDs.", HelpName = "sql" };

    public static Option<string?> Source(string names = "Ids, Catalog, File, Query or RabbitMq") =>
        new SettingOption("--source", "Ingestion:Source") { Description = $"Where the IDs come from: {names}. Default Ids.", HelpName = "name", CompletionSources = { names.Split([", ", " or "], StringSplitOptions.None) } };

    private static Option<string?> First() => new SettingOption("--first", "Ingestion:First") { Description = "IDs of the source to ingest before all others, such as 1-10,42.", HelpName = "ids" };

    public static Option<string?> Strategy() => new SettingOption("--strategy", "Ingestion:Strategy")
    {
        Description = "Sequential, ThreadPerItem, ThreadPool, EventLoop, Async, Pipeline or Adaptive. Default Async.",
        HelpName = "name",
        CompletionSources = { _ => StrategyDegrees.All.Select(strategy => new CompletionItem(strategy.Strategy)) },
    };

    public static Option<string?> Degree() => new SettingOption("--dop", "Ingestion:DegreeOfParallelism", SettingOption.DegreeText) { Description = "Degree of parallelism. 0 = no cap, where the strategy allows it; auto = adjusted to what the upstream can handle. For Adaptive it is the upper bound. Default 16.", HelpName = "number|auto" };

    public static Option<string?> Delay() => new SettingOption("--delay", "Ingestion:Delay", SettingOption.DurationText) { Description = "Artificial wait after each fetch, such as 2s, 500ms or 00:00:02. Default 00:00:00.", HelpName = "duration" };

    public static Option<string?> Upstream() => new SettingOption("--upstream", "Upstream:BaseAddress") { Description = "Root of the REST API; Resource:Path is below it. Default https://rickandmortyapi.com/api/.", HelpName = "url" };

    public static Option<string?> FailAbove() =>
        new SettingOption("--fail-above", "Ingestion:FailAbove", SettingOption.AllowanceText) { Description = "Exit with 2 only when more items failed than this: a number, or a share of the items that ended, such as 1%. Default 0.", HelpName = "number|share" };

    public static Option<string?> Resource() =>
        new SettingOption("--resource", "Resource:File") { Description = "A settings file whose section Resource says which records to ingest. Default: what appsettings.json says.", HelpName = "file" };

    /// <summary>Runs until the end, or a signal.</summary>
    /// <param name="redrive">The dead letters to ingest again instead of what <c>Ingestion:Source</c> names, or null.</param>
    /// <param name="isLive">Whether somebody wants to watch.</param>
    public static Task<int> RunAsync(Dictionary<string, string?> settings, RunFiles files, DeadLetterFilter? redrive = null, bool isLive = false)
    {
        IHost host = WorkerHost.CreateRun(settings, files, redrive, isLive);
        // A redrive has looked into the database before, and has said so then.
        if (redrive is null)
            UnknownKeys.Warn(host.Services);
        return RunAsync(host);
    }

    public static async Task<int> RunAsync(IHost host)
    {
        WorkerOutcome outcome = host.Services.GetRequiredService<WorkerOutcome>();
        try
        {
            await host.StartAsync();
            await host.WaitForShutdownAsync();
        }
        finally
        {
            await WorkerHost.DisposeAsync(host);
        }

        return outcome.Problem is { } problem ? Failure.Report(problem, Console.Error) : outcome.ExitCode;
    }
}
