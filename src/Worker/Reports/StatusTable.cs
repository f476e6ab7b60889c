using System.Globalization;
using Ingestion.Storage;
using Spectre.Console;

namespace Worker.Reports;

/// <summary>The latest runs as a table.</summary>
internal static class StatusTable
{
    private const int MinWidth = 250;

    public static void Write(IAnsiConsole console, IReadOnlyList<RunRecord> runs)
    {
        if (runs.Count == 0)
        {
            console.WriteLine("there are no runs yet; start one with: ingestion-worker run");
            return;
        }

        // A line too long for the terminal is wrapped by it; a value cut off would be lost.
        console.Profile.Width = Math.Max(console.Profile.Width, MinWidth);
        Table table = new() { Border = TableBorder.Simple, UseSafeBorder = true };
        table.AddColumns(
            Text("run"), Text("status"), Text("started (UTC)"), Text("took"), Text("source"), Text("strategy"), Number("dop"),
            Number("requested"), Number("ingested"), Number("unchanged"), Number("not found"), Number("failed"));
        foreach (RunRecord run in runs)
        {
            table.AddRow(
                run.Id.ToString(),
                StatusReport.NameOf(run.Status),
                run.StartedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
                run.FinishedAt is { } end ? Quantity.Of(end - run.StartedAt) : "-",
                Markup.Escape(run.Source),
                Markup.Escape(run.Strategy),
                Quantity.Of(run.DegreeOfParallelism),
                run.Requested is { } requested ? Quantity.Of(requested) : "-",
                Quantity.Of(run.Counts.Ingested),
                Quantity.Of(run.Counts.Unchanged),
                Quantity.Of(run.Counts.NotFound),
                Quantity.Of(run.Counts.Failed));
        }

        console.Write(table);
    }

    private static TableColumn Text(string name) => new TableColumn(name).NoWrap();

    private static TableColumn Number(string name) => new TableColumn(name).NoWrap().RightAligned();
}
