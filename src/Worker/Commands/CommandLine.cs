using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace Worker.Commands;

/// <summary>Takes the command line apart and carries the command out.</summary>
internal static class CommandLine
{
    private const string RootNotes = """
        Every command also takes configuration keys. They override environment variables and appsettings.json:
          --Ingestion:ChannelCapacity=64   --ConnectionStrings:Postgres "Host=db;Username=ingest"

        The default command is run: "ingestion-worker --ids 1-10" is "ingestion-worker run --ids 1-10".

        """;

    public static async Task<int> RunAsync(string[] args)
    {
        StandardStreams.Protect();
        int exitCode = await RunAsync(args, Console.Error);
        StandardStreams.CompleteOutput();
        if (StandardStreams.OutputProblem is { } problem)
            await Console.Error.WriteLineAsync($"ingestion-worker: standard output could not be written: {problem.TrimEnd('.')}; what should stand there is lost or incomplete");
        StandardStreams.Complete();
        return exitCode;
    }

    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter errors)
    {
        RootCommand root = CreateRoot(out Dictionary<string, string?> settings);
        if (Parse(root, args, settings, out string? error) is not { } parsed)
        {
            await errors.WriteLineAsync("ingestion-worker: " + error);
            return ExitCodes.BadCommandLine;
        }

        try
        {
            // Signals and exceptions are handled here and by the host, where what they mean is known.
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (CommandLineException e)
        {
            await errors.WriteLineAsync($"ingestion-worker: {e.Message}; see ingestion-worker {NameOf(parsed.CommandResult.Command)}--help");
            return ExitCodes.BadCommandLine;
        }
        catch (Exception e)
        {
            return Failure.Report(e, errors);
        }
    }

    /// <summary>Reads the command line; the settings it makes go into <paramref name="settings"/>. Null and a sentence if it cannot be understood.</summary>
    internal static ParseResult? Parse(RootCommand root, IReadOnlyList<string> args, Dictionary<string, string?> settings, out string? error)
    {
        HashSet<string> options = [.. root.Subcommands.SelectMany(command => command.Options).Concat(root.Options).Select(option => option.Name)];
        RawKeys keys = RawKeys.TakeFrom(args, options);
        ParseResult parsed = root.Parse(WithDefaultCommand(keys.Rest, root), new ParserConfiguration { ResponseFileTokenReplacer = null });
        error = keys.Error ?? (parsed.Action is HelpWithNotes ? null : WhatIsWrongWith(parsed));
        if (error is not null)
        {
            Command command = parsed.CommandResult.Command;
            error = $"{error.TrimEnd('.')}; see ingestion-worker {NameOf(command)}--help";
            return null;
        }

        foreach ((string key, string? value) in keys.Settings)
            settings[key] = value;
        foreach (SettingOption option in parsed.CommandResult.Command.Options.OfType<SettingOption>())
        {
            if (parsed.GetResult(option) is not { Implicit: false })
                continue;
            settings[option.Key] = parsed.GetValue(option);
            if (option.Source is null)
                continue;
            // What a file says of another source is not meant.
            settings.TryAdd("Ingestion:Source", option.Source);
            settings.TryAdd("Ingestion:IdsFile", "");
            settings.TryAdd("Ingestion:Query", "");
        }

        return parsed;
    }

    internal static RootCommand CreateRoot(out Dictionary<string, string?> settings)
    {
        settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        RootCommand root = new("Ingests the records of a REST API into PostgreSQL, with the concurrency strategy of your choice.");
        Dictionary<Command, string> notes = new() { [root] = RootNotes };
        foreach ((Command command, string text) in (ReadOnlySpan<(Command, string)>)
            [RunCommand.Create(settings), PreviewCommand.Create(settings), CompareCommand.Create(settings), SweepCommand.Create(settings), MeasureCommand.Create(), EnqueueCommand.Create(settings), StatusCommand.Create(settings), RedriveCommand.Create(settings), DeadCommand.Create(settings), PruneCommand.Create(settings), MigrateCommand.Create(settings), ConfigCommand.Create(settings), ValidateCommand.Create(settings), HealthCheckCommand.Create(settings)])
        {
            root.Add(command);
            notes.Add(command, text);
            foreach (Command part in command.Subcommands)
                notes.Add(part, text);
        }

        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithNotes((HelpAction)help.Action!, notes);
        return root;
    }

    /// <summary>As it is written, with a space behind it: a command may be part of another one.</summary>
    private static string NameOf(Command command) =>
        command is RootCommand ? "" : $"{string.Concat(command.Parents.OfType<Command>().Select(NameOf))}{command.Name} ";

    private static string? WhatIsWrongWith(ParseResult parsed) => parsed switch
    {
        { Errors.Count: 0 } => null,
        { UnmatchedTokens: [var token, ..] } when parsed.CommandResult.Command is RootCommand => $"'{Shown(token)}' is not a command",
        { UnmatchedTokens: [var token, ..] } => $"'{Shown(token)}' is not an option of {NameOf(parsed.CommandResult.Command).TrimEnd()}",
        { Errors: [{ SymbolResult: OptionResult { Tokens: [], Option: var option } }, ..] } => $"{option.Name} has no value: {option.Description}",
        _ => parsed.Errors[0].Message,
    };

    // A connection string or an address in the wrong place must not show its password.
    private static string Shown(string token) => token.Contains("://", StringComparison.Ordinal) ? Settings.WithoutCredentials(token)
        : token.IndexOf('=', StringComparison.Ordinal) is var equals and >= 0 ? token[..equals] + "=…" : token;

    private static IReadOnlyList<string> WithDefaultCommand(IReadOnlyList<string> args, RootCommand root)
    {
        bool isForRoot = args.Count > 0 && (!args[0].StartsWith('-') || root.Options.Any(option => option.Name == args[0] || option.Aliases.Contains(args[0])));
        return isForRoot ? args : ["run", .. args];
    }

    /// <summary>The usual help, followed by notes on the command: examples and exit codes.</summary>
    private sealed class HelpWithNotes(HelpAction usual, IReadOnlyDictionary<Command, string> notes) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            int result = usual.Invoke(parseResult);
            parseResult.InvocationConfiguration.Output.WriteLine(notes[parseResult.CommandResult.Command]);
            return result;
        }
    }
}
