namespace Worker.Reports;

/// <summary>The console the worker writes to.</summary>
internal static class Terminal
{
    /// <summary>More than any line has, so that nothing is cut where nobody looks.</summary>
    private const int WidthWithoutTerminal = 400;

    /// <summary>A person is looking, who can be shown something that moves.</summary>
    public static bool IsInteractive =>
        !Console.IsOutputRedirected && !Console.IsErrorRedirected
        && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb")
        && Environment.GetEnvironmentVariable("CI") is null or "";

    /// <summary>Standard output: for results.</summary>
    public static IAnsiConsole Output() => Create(Console.Out, Console.IsOutputRedirected);

    /// <summary>Standard error: for progress.</summary>
    public static IAnsiConsole Error() => Create(Console.Error, Console.IsErrorRedirected);

    /// <summary>Plain text of a fixed width, without colours and without control sequences.</summary>
    public static IAnsiConsole Plain(TextWriter writer) => Create(writer, isRedirected: true);

    /// <summary>A table as all of them look.</summary>
    public static Table Table(params TableColumn[] columns) => new Table { Border = TableBorder.Simple, UseSafeBorder = true }.AddColumns(columns);

    /// <summary>A bar with its value beside it, gone at the end.</summary>
    public static Progress Bar(IAnsiConsole console, params ProgressColumn[] more) => console.Progress().AutoClear(true)
        .Columns([new ProgressBarColumn { Width = 30 }, new TaskDescriptionColumn { Alignment = Justify.Left }, .. more]);

    /// <summary>Looks at a run again and again until it has ended, whatever its end.</summary>
    public static async Task WatchAsync(Task run, TimeSpan interval, TimeProvider timeProvider, Action look)
    {
        using PeriodicTimer timer = new(interval, timeProvider);
        while (await Task.WhenAny(run, timer.WaitForNextTickAsync().AsTask()) != run)
            look();
    }

    private static IAnsiConsole Create(TextWriter writer, bool isRedirected)
    {
        AnsiConsoleSettings settings = new() { Out = new AnsiConsoleOutput(writer) };
        if (isRedirected)
            (settings.Ansi, settings.ColorSystem, settings.Interactive) = (AnsiSupport.No, ColorSystemSupport.NoColors, InteractionSupport.No);
        IAnsiConsole console = AnsiConsole.Create(settings);
        if (isRedirected)
            console.Profile.Width = WidthWithoutTerminal;
        return console;
    }
}
