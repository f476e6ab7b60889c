namespace Worker.Reports;

/// <summary>Failed items by reason. Two lines for each, so that they fit on a terminal of 80 columns.</summary>
internal static class DeadLetterTable
{
    private const int MinWidth = 60;

    public static void Write(IAnsiConsole console, string title, DeadLetterSummary deadLetters)
    {
        console.Profile.Width = Math.Max(console.Profile.Width, MinWidth);
        console.WriteLine($"  {title}: {Quantity.Of(deadLetters.Count)}");
        Table table = Terminal.Table(new TableColumn("items").NoWrap().RightAligned(), new TableColumn("reason and IDs"), new TableColumn("first and last (UTC)").NoWrap());
        foreach (DeadLetterGroup group in deadLetters.Groups)
        {
            table.AddRow(
                new Text(Quantity.Of(group.Count)),
                new Text($"{group.Reason}\n{group.Ids.Replace(",", ", ", StringComparison.Ordinal)}{(group.HasMoreIds ? ", …" : "")}"),
                new Text($"{Quantity.Of(group.FirstAt)}\n{Quantity.Of(group.LastAt)}"));
        }

        console.Write(table);
        if (deadLetters.Reasons > deadLetters.Groups.Count)
            console.WriteLine($"  and {Quantity.Of(deadLetters.Reasons - deadLetters.Groups.Count)} less frequent reasons");
    }
}
