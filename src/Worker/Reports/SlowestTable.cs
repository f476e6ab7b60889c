namespace Worker.Reports;

/// <summary>The slowest items of a run, for people.</summary>
internal static class SlowestTable
{
    public static IReadOnlyList<string> Columns { get; } = ["slowest", "seconds", "reason", "trace"];

    public static IEnumerable<string[]> Rows(RunSummary run) => run.Slowest.Select(slow => (string[])
    [
        $"{slow.Key}{(slow.Attempt > 1 ? $", attempt {Quantity.Of(slow.Attempt)}" : "")}", slow.Took.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture), ReasonOf(slow), slow.TraceId ?? "not kept",
    ]);

    public static void Write(IAnsiConsole console, RunSummary run)
    {
        if (run.Slowest.Count == 0)
            return;

        Table table = Terminal.Table(new TableColumn(Columns[0]), new TableColumn(Columns[1]).NoWrap().RightAligned(), new TableColumn(Columns[2]), new TableColumn(Columns[3]));
        foreach (string[] row in Rows(run))
            table.AddRow(row.Select(cell => new Text(cell)));
        console.Write(table);
    }

    /// <summary>What it was at most of the time, such as <c>fetch 1.91 s</c>, and why it failed.</summary>
    public static string ReasonOf(SlowAttempt slow)
    {
        Stage longest = Enum.GetValues<Stage>().MaxBy(slow.Times.Of);
        TimeSpan between = slow.Took - slow.Times.Total;
        string most = between > slow.Times.Of(longest) ? $"waiting between stages {Quantity.Of(between)}" : $"{RunJson.NameOf(longest)} {Quantity.Of(slow.Times.Of(longest))}";
        return slow.Error is null ? most : $"{most}; {slow.Error}";
    }
}
