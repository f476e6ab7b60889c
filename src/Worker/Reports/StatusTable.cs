namespace Worker.Reports;

/// <summary>The latest runs as a table: one line for each where there is room, or the essentials in a few short lines.</summary>
internal static class StatusTable
{
    private const int WideEnough = 220;
    private const int MinWidth = 80;

    private static (TableColumn Column, Func<RunRecord, string> Cell)[] Narrow(IReadOnlyDictionary<Guid, double>? rates) =>
    [
        (new("run"), run => $"{run.Id}\n{run.Source}\n{(run.Upstream is null ? "" : run.Upstream + "\n")}{run.Strategy} {Quantity.Of(run.DegreeOfParallelism)}"),
        (Words("started (UTC)"), run => $"{Started(run)}\n{RunJson.NameOf(run.Status)}, {Took(run, rates)}"),
        (Number("done"), run => $"{Quantity.Of(run.Counts.Total)}\nof {Requested(run)}\n{Quantity.Of(run.Counts.Failed)} failed"),
    ];

    private static (TableColumn Column, Func<RunRecord, string> Cell)[] Wide(IReadOnlyDictionary<Guid, double>? rates) =>
    [
        (Words("run"), run => run.Id.ToString()),
        (Words("status"), run => RunJson.NameOf(run.Status)),
        (Words("started (UTC)"), Started),
        (Words(rates is null ? "took" : "took or goes"), run => Took(run, rates)),
        (new("source"), run => run.Source),
        (new("upstream"), run => run.Upstream ?? "-"),
        (Words("strategy"), run => run.Strategy),
        (Number("dop"), run => Quantity.Of(run.DegreeOfParallelism)),
        (Number("requested"), Requested),
        (Number("ingested"), run => Quantity.Of(run.Counts.Ingested)),
        (Number("unchanged"), run => Quantity.Of(run.Counts.Unchanged)),
        (Number("not found"), run => Quantity.Of(run.Counts.NotFound)),
        (Number("failed"), run => Quantity.Of(run.Counts.Failed)),
    ];

    /// <summary>How many lines a run takes at most.</summary>
    public static int LinesPerRun(IAnsiConsole console) => console.Profile.Width >= WideEnough ? 1 : 4;

    /// <param name="rates">Items per second of those that are going on, for a table that is written again and again; null otherwise.</param>
    public static void Write(IAnsiConsole console, IReadOnlyList<RunRecord> runs, IReadOnlyDictionary<Guid, double>? rates = null)
    {
        if (runs.Count == 0)
        {
            console.WriteLine("there are no runs yet; start one with: ingestion-worker run");
            return;
        }

        (TableColumn Column, Func<RunRecord, string> Cell)[] columns = console.Profile.Width >= WideEnough ? Wide(rates) : Narrow(rates);
        console.Profile.Width = Math.Max(console.Profile.Width, MinWidth);
        Table table = Terminal.Table([.. columns.Select(column => column.Column)]);
        foreach (RunRecord run in runs)
            table.AddRow(columns.Select(column => new Text(column.Cell(run))));
        console.Write(table);
    }

    private static string Started(RunRecord run) => Quantity.Of(run.StartedAt);

    private static string Took(RunRecord run, IReadOnlyDictionary<Guid, double>? rates) => run.FinishedAt is { } end ? Quantity.Of(end > run.StartedAt ? end - run.StartedAt : TimeSpan.Zero)
        : rates?.TryGetValue(run.Id, out double rate) == true ? $"{Quantity.Of(rate)} items/s" : "-";

    private static string Requested(RunRecord run) => run.Requested is { } requested ? Quantity.Of(requested) : "-";

    private static TableColumn Words(string name) => new TableColumn(name).NoWrap();

    private static TableColumn Number(string name) => Words(name).RightAligned();
}
