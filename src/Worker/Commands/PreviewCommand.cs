using Ingestion;
using Ingestion.Runs.Previewing;

namespace Worker.Commands;

/// <summary><c>preview</c>: what a run would make of a few items.</summary>
internal static class PreviewCommand
{
    private const int MaxItems = 20;

    private const string Notes = """
        Examples:
          ingestion-worker preview --ids 1,7
          ingestion-worker preview --resource products.json --id A-100 --id "B 7/2"
          ingestion-worker preview --resource orders.json --ids 7000000001 --json

        Start here with a new resource. It fetches each item once, as run does, at most 20 of them. It shows the request, the answer, the record, the columns that PostgreSQL
        makes of it, and what is missing or has the wrong type. Nothing is stored: the database makes the columns in a transaction that is rolled back, and needs no schema
        for that. Without a database everything else is shown.

        Values of Upstream:Headers and Upstream:Query are shown as ***. The record is shown as it came, so check it before you share it.

        Exit codes: 0 a run would ingest all of them · 2 one does not exist, does not match Resource, or has a column that PostgreSQL refuses · 3 stopped before the end ·
        64 the command line is wrong · 69 the upstream did not answer at all · 78 the configuration is wrong · 1 anything else

        """;

    public static (Command Command, string Notes) Create(Dictionary<string, string?> settings)
    {
        KeyOptions keys = new();
        Option<bool> json = new("--json") { Description = "Print JSON instead of text." };
        Command command = new("preview", "Fetch a few items, show what would be stored, and store nothing.") { keys.Ids, keys.Id, RunCommand.Resource(), RunCommand.Upstream(), json };
        command.SetAction((parsed, _) => WorkerHost.AskAsync(
            settings, (services, stop) => ShowAsync(services, keys.Read(parsed, services.GetRequiredService<ItemKind>()), parsed.GetValue(json), stop), (services, configuration) => services.AddPreview(configuration)));
        return (command, Notes);
    }

    private static async Task<int> ShowAsync(IServiceProvider services, (IdRanges? Ranges, IReadOnlyList<string>? Texts) named, bool asJson, CancellationToken stop)
    {
        ItemKey[] keys = [.. named.Ranges?.Take(MaxItems + 1).Select(id => new ItemKey(id)) ?? named.Texts!.Select(text => new ItemKey(text))];
        if (keys.Length > MaxItems)
            throw new CommandLineException($"more than {MaxItems} IDs are named; a preview is for a few");

        RecordPreview preview = services.GetRequiredService<RecordPreview>();
        IAnsiConsole console = Terminal.Output();
        List<PreviewedItem> items = [];
        foreach (ItemKey key in keys)
        {
            items.Add(await preview.FetchAsync(key, stop));
            if (!asJson)
                PreviewJson.Write(console, services.GetRequiredService<ItemKind>().Name, items[^1]);
        }

        if (asJson)
            await Console.Out.WriteLineAsync(PreviewJson.ToJson(items));
        return StandardStreams.OutputProblem is not null ? ExitCodes.Error
            : items.TrueForAll(item => item.IsFine) ? ExitCodes.Success
            : items.TrueForAll(item => item.IsUnanswered) ? ExitCodes.Unavailable : ExitCodes.SomeItemsFailed;
    }
}
