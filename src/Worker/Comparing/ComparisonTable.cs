namespace Worker.Comparing;

/// <summary>The figures of a comparison, a row for each contender: medians over the rounds.</summary>
internal static class ComparisonTable
{
    private const string Trace = "trace";

    /// <summary>Strategy and degree: where one table would be too wide, each of several begins with them.</summary>
    private const int Headings = 2;

    /// <summary>What the border and the space between columns take.</summary>
    private const int Padding = 3;

    public static ReportDocument.Figures Of(IReadOnlyList<Standing> standings, Uri? jaeger)
    {
        Standing yardstick = Yardstick(standings);
        List<(string Heading, Func<Standing, string?> Cell)> columns =
        [
            ("strategy", standing => standing.Strategy),
            ("DOP", standing => standing.Contender.DegreeText),
            ("elapsed", standing => Seconds(standing.ElapsedSeconds.Median)),
            ("spread", standing => $"{Seconds(standing.ElapsedSeconds.Min)} – {Seconds(standing.ElapsedSeconds.Max)}"),
            ("items/s", standing => Quantity.Of(standing.ItemsPerSecond.Median)),
            ("× " + yardstick.Strategy, standing => standing.SpeedUpOver(yardstick)?.ToString("0.00", CultureInfo.InvariantCulture)),
            ("in flight", standing => Whole(standing.MaxInFlight)),
            ("threads", standing => Whole(standing.DistinctThreads)),
            ("CPU", standing => Seconds(standing.CpuSeconds.Median)),
            ("memory", standing => Whole(standing.PeakMemoryBytes, 1024 * 1024, " MiB")),
            ("allocated/item", standing => Whole(standing.AllocatedBytesPerItem, 1024, " KiB")),
            ("retries", standing => Whole(standing.Retries)),
            ("failed", standing => Whole(standing.Failed)),
            ("spans dropped", standing => Whole(standing.SpansDropped)),
        ];
        if (jaeger is not null)
            columns.Add((Trace, standing => standing.Shown.Report.TraceId));
        if (standings.All(standing => standing.Measurements.Count == 1))
            columns.RemoveAll(column => column.Heading == "spread");

        return new ReportDocument.Figures(
            [.. columns.Select(column => column.Heading)],
            [.. standings.Select(standing => (IReadOnlyList<ReportDocument.Cell>)
                [.. columns.Select(column => new ReportDocument.Cell(column.Cell(standing) ?? "–", column.Heading == Trace ? TraceOf(standing.Shown.Report, jaeger) : null))])]);
    }

    /// <summary>On a terminal that is too narrow for all columns, in several tables. Links stand below, a line each.</summary>
    public static void Write(IAnsiConsole console, ReportDocument.Figures table)
    {
        List<int> part = [.. Enumerable.Range(0, Headings)];
        for (int column = Headings; column < table.Columns.Count && table.Columns[column] != Trace; column++)
        {
            if (part.Count > Headings && Width(table, [.. part, column]) > console.Profile.Width)
            {
                console.Write(Part(table, part));
                part.RemoveRange(Headings, part.Count - Headings);
            }

            part.Add(column);
        }

        console.Write(Part(table, part));

        foreach (IReadOnlyList<ReportDocument.Cell> row in table.Rows)
        {
            if (row[^1].Link is { } link)
                console.WriteLine($"{row[0].Text} ({row[1].Text}): {link}");
        }
    }

    /// <summary>What the others are compared with.</summary>
    public static Standing Yardstick(IReadOnlyList<Standing> standings) =>
        standings.FirstOrDefault(standing => standing.Strategy == Contender.Yardstick) ?? standings[0];

    public static Uri? TraceOf(RunJson report, Uri? jaeger) =>
        report.TraceId is { } trace && jaeger is not null ? new Uri($"{jaeger.ToString().TrimEnd('/')}/trace/{trace}") : null;

    private static Table Part(ReportDocument.Figures table, IReadOnlyList<int> columns)
    {
        Table part = Terminal.Table([.. columns.Select(column => new TableColumn(table.Columns[column]) { NoWrap = true, Alignment = column == 0 ? Justify.Left : Justify.Right })]);
        foreach (IReadOnlyList<ReportDocument.Cell> row in table.Rows)
            part.AddRow(columns.Select(column => new Text(row[column].Text)));
        return part;
    }

    private static int Width(ReportDocument.Figures table, IReadOnlyList<int> columns) =>
        Padding + columns.Sum(column => Padding + table.Rows.Select(row => row[column].Text.Length).Append(table.Columns[column].Length).Max());

    private static string Seconds(double seconds) => Quantity.Of(TimeSpan.FromSeconds(seconds));

    private static string? Whole(Spread? figure, double unit = 1, string name = "") => figure is { Median: var median } ? Quantity.Of((long)Math.Round(median / unit)) + name : null;
}
