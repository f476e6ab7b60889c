using Ingestion.Storage;

namespace Worker.Reports;

/// <summary>The latest runs as a table: one line for each where there is room, or the essentials in a few short lines.</summary>
internal static class StatusTable
{
    private const int WideEnough = 220;
    private const int MinWidth = 80;

    public static void Write(IAnsiConsole console, IReadOnlyList<RunRecord> runs)
    {
        if (runs.Count == 0)
        {
            console.WriteLine("there are no runs yet; start one with: ingestion-worker run");
            return;
        }

        bool isWide = console.Profile.Width >= WideEnough;
        console.Profile.Width = Math.Max(console.Profile.Width, MinWidth);
        console.Write(isWide ? Wide(runs) : Narrow(runs));
    }

    private static Table Wide(IReadOnlyList<RunRecord> runs)
    {
        Table table = New(
            Words("run"), Words("status"), Words("started (UTC)"), Words("took"), new TableColumn("source"), new TableColumn("upstream"), Words("strategy"), Number("dop"),
            Number("requested"), Number("ingested"), Number("unchanged"), Number("not found"), Number("failed"));
        foreach (RunRecord run in runs)
        {
            table.AddRow(
                new Text(run.Id.ToString()),
                new Text(StatusReport.NameOf(run.Status)),
                new Text(Started(run)),
                new Text(Took(run)),
                new Text(run.Source),
                new Text(run.Upstream ?? "-"),
                new Text(run.Strategy),
                new Text(Quantity.Of(run.DegreeOfParallelism)),
                new Text(Requested(run)),
                new Text(Quantity.Of(run.Counts.Ingested)),
                new Text(Quantity.Of(run.Counts.Unchanged)),
                new Text(Quantity.Of(run.Counts.NotFound)),
                new Text(Quantity.Of(run.Counts.Failed)));
        }

        return table;
    }

    private static Table Narrow(IReadOnlyList<RunRecord> runs)
    {
        Table table = New(new TableColumn("run"), Words("started (UTC)"), Number("done"));
        foreach (RunRecord run in runs)
        {
            table.AddRow(
                new Text($"{run.Id}\n{run.Source}\n{(run.Upstream is null ? "" : run.Upstream + "\n")}{run.Strategy} {Quantity.Of(run.DegreeOfParallelism)}"),
                new Text($"{Started(run)}\n{StatusReport.NameOf(run.Status)}, {Took(run)}"),
                new Text($"{Quantity.Of(run.Counts.Total)}\nof {Requested(run)}\n{Quantity.Of(run.Counts.Failed)} failed"));
        }

        return table;
    }

    private static Table New(params TableColumn[] columns) => new Table { Border = TableBorder.Simple, UseSafeBorder = true }.AddColumns(columns);

    private static string Started(RunRecord run) => run.StartedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Took(RunRecord run) => run.FinishedAt is { } end ? Quantity.Of(end - run.StartedAt) : "-";

    private static string Requested(RunRecord run) => run.Requested is { } requested ? Quantity.Of(requested) : "-";

    private static TableColumn Words(string name) => new TableColumn(name).NoWrap();

    private static TableColumn Number(string name) => new TableColumn(name).NoWrap().RightAligned();
}
