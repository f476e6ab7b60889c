namespace Worker.Comparing;

/// <summary>A bar on the terminal, gone when all is measured.</summary>
internal sealed class ComparisonBar(IAnsiConsole console, ProgressTask bar) : IComparisonDisplay
{
    /// <summary>Shows the bar while the work goes on.</summary>
    public static Task<T> ShowAsync<T>(IAnsiConsole console, int steps, Func<IComparisonDisplay, Task<T>> work) => console
        .Progress()
        .AutoClear(true)
        .AutoRefresh(true)
        .Columns(new ProgressBarColumn { Width = 30 }, new TaskDescriptionColumn { Alignment = Justify.Left }, new ElapsedTimeColumn())
        .StartAsync(context => work(new ComparisonBar(console, context.AddTask("starting", maxValue: steps))));

    public void Begin(string step) => bar.Description = Markup.Escape(step);

    public void End(string step) => bar.Increment(1);

    public void Say(string line) => console.WriteLine(line);
}
