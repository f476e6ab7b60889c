namespace Worker.Commands;

/// <summary><c>dead</c>: what failed and was not ingested since, and what nobody wants any more.</summary>
internal static class DeadCommand
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 100_000;
    private const int LongestNote = 1_000;
    private const string None = "there are no such dead letters";

    private const string Notes = """
        Examples:
          ingestion-worker dead
          ingestion-worker dead --reason "HTTP 503"
          ingestion-worker dead --id 7 --json
          ingestion-worker dead discard --reason "HTTP 410" --note "withdrawn by the publisher"

        Without --reason and --id it lists the reasons with their counts, as status does. With one of them it shows the matching items one by one, with both those that match
        both: the run, the attempts, the time and the full reason of their latest failure. With --id or --json it also shows what the upstream answered: the status, some
        headers and the first 2 KB.

        discard resolves dead letters without ingesting them, so redrive skips them, and keeps the note in ingestion.item_outcomes. An item that fails in a later run is a dead
        letter again.

        Exit codes: 0 shown or discarded, even if there were none · 3 stopped before the end · 64 the command line is wrong · 69 the database was not available ·
        78 the configuration is wrong · 1 anything else

        """;

    public static (Command Command, string Notes) Create(Dictionary<string, string?> settings)
    {
        Choice show = new(), discard = new();
        Option<int> limit = new ParsedOption<int>("--limit", text => (int)SettingOption.WholeNumber(text, 1, MaxLimit)) { Description = $"Items to show, 1 to {MaxLimit}.", HelpName = "number", DefaultValueFactory = _ => DefaultLimit };
        ParsedOption<string> note = new("--note", Note) { Description = "Why they are discarded, for those who look at them later.", HelpName = "text", Required = true };
        Command discarding = new("discard", "Resolve dead letters without ingesting them.") { discard.Reason, discard.Id, note, RunCommand.Resource(), discard.Json };
        discarding.SetAction((parsed, _) => WorkerHost.AskAsync(settings, (services, stop) => discard.IsMade(parsed)
            ? DiscardAsync(services, discard.Read(parsed, services), parsed.GetValue(note)!, parsed.GetValue(discard.Json), stop)
            : throw new CommandLineException("nothing is chosen to be discarded; name it with --reason or --id")));
        Command command = new("dead", "Show what failed and has not been ingested since, or discard it.") { show.Reason, show.Id, limit, RunCommand.Resource(), show.Json, discarding };
        command.SetAction((parsed, _) => WorkerHost.AskAsync(settings, (services, stop) => show.IsMade(parsed)
            ? ShowAsync(services, show.Read(parsed, services), parsed.GetValue(limit), parsed.GetValue(show.Json), stop)
            : ListAsync(services, parsed.GetValue(show.Json), stop)));
        return (command, Notes);
    }

    private static string Note(string text) => text.Trim() is { Length: > 0 and <= LongestNote } note && !note.Any(char.IsControl)
        ? note
        : throw new FormatException($"the note must be one line of 1 to {LongestNote} characters");

    private static async Task<int> ListAsync(IServiceProvider services, bool asJson, CancellationToken stop)
    {
        DeadLetterSummary summary = await services.GetRequiredService<IDeadLetters>().SummarizeAsync(DeadLetterFilter.All, stop);
        if (asJson)
            await Console.Out.WriteLineAsync(DeadLetterJson.ToJson(summary));
        else if (summary.Count == 0)
            await Console.Out.WriteLineAsync(None);
        else
            DeadLetterTable.Write(Terminal.Output(), "Failed items not yet resolved", summary);
        return StandardStreams.ExitCode;
    }

    private static async Task<int> ShowAsync(IServiceProvider services, DeadLetterFilter filter, int limit, bool asJson, CancellationToken stop)
    {
        IDeadLetters deadLetters = services.GetRequiredService<IDeadLetters>();
        IReadOnlyList<DeadLetter> items = await deadLetters.ShowAsync(filter, limit, stop);
        long count = items.Count < limit ? items.Count : await deadLetters.CountAsync(filter, stop);
        if (asJson)
        {
            await Console.Out.WriteLineAsync(DeadLetterJson.ToJson(items, count));
            return StandardStreams.ExitCode;
        }

        bool showsAnswers = filter.Ids is not null || filter.Texts is not null;
        foreach (DeadLetter item in items)
        {
            await Console.Out.WriteLineAsync($"{item.Key}   {Quantity.Of(item.FailedAt)} UTC   {Quantity.Of(item.Attempts, "attempt")}   run {item.Run}   {item.Reason.ReplaceLineEndings(" ")}");
            if (showsAnswers && item.Answer is { } answer)
                await Console.Out.WriteLineAsync(DeadLetterJson.AnswerText(answer));
        }

        if (count == 0)
            await Console.Out.WriteLineAsync(None);
        else if (count > items.Count)
            await Console.Out.WriteLineAsync($"and {Quantity.Of(count - items.Count)} more; --limit shows more of them");
        return StandardStreams.ExitCode;
    }

    private static async Task<int> DiscardAsync(IServiceProvider services, DeadLetterFilter filter, string note, bool asJson, CancellationToken stop)
    {
        long discarded = await services.GetRequiredService<IDeadLetters>().DiscardAsync(filter, note, stop);
        await Console.Out.WriteLineAsync(asJson ? DeadLetterJson.ToJson(discarded) : discarded == 0 ? None : $"discarded {Quantity.Of(discarded, "item")}");
        return StandardStreams.ExitCode;
    }

    /// <summary>Which dead letters are meant, and how they are shown.</summary>
    private sealed class Choice
    {
        private readonly KeyOptions _keys = new() { Id = { Description = "Only the item with this ID. May be repeated." } };

        public ParsedOption<string> Reason { get; } = RedriveCommand.Reason();

        public Option<string[]> Id => _keys.Id;

        public Option<bool> Json { get; } = new("--json") { Description = "Print JSON instead of text." };

        public bool IsMade(ParseResult parsed) => parsed.GetValue(Reason) is not null || parsed.GetValue(Id) is { Length: > 0 };

        public DeadLetterFilter Read(ParseResult parsed, IServiceProvider services)
        {
            (IdRanges? ranges, IReadOnlyList<string>? texts) = parsed.GetValue(Id) is { Length: > 0 } ? _keys.Read(parsed, services.GetRequiredService<ItemKind>()) : (null, null);
            return new DeadLetterFilter { Reason = parsed.GetValue(Reason), Ids = ranges, Texts = texts };
        }
    }
}
