namespace Worker.Reports;

/// <summary>Shows how a run goes on: a bar on a terminal, gone when the run has ended, or for whoever reads the log a line now and then.</summary>
internal sealed partial class RunDisplay(IIngestionRunner runner, TimeProvider timeProvider, ILogger<RunDisplay> logger) : IProgressDisplay
{
    public static readonly TimeSpan BarInterval = TimeSpan.FromMilliseconds(200);
    public static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(10);
    private const int LooksPerRate = 5;

    public Task ShowUntilAsync(Task run)
    {
        ProgressLine.Rate rate = new(timeProvider);
        if (Terminal.IsInteractive)
            return Terminal.Bar(Terminal.Error()).StartAsync(context => MoveAsync(context.AddTask("starting", maxValue: 1), rate, run));

        _ = rate.Next(runner.Progress);
        return Terminal.WatchAsync(run, LineInterval, timeProvider, () => Progress(logger, ProgressLine.Format(runner.Progress, rate.Next(runner.Progress))));
    }

    private Task MoveAsync(ProgressTask bar, ProgressLine.Rate rate, Task run)
    {
        double? itemsPerSecond = null;
        int looks = 0;
        return Terminal.WatchAsync(run, BarInterval, timeProvider, () =>
        {
            RunProgress progress = runner.Progress;
            if (itemsPerSecond is null || ++looks % LooksPerRate == 0)
                itemsPerSecond = rate.Next(progress);
            bar.IsIndeterminate = progress.Requested is null;
            bar.MaxValue = Math.Max(1, progress.Requested ?? 1);
            bar.Value = progress.Requested is null ? 0 : progress.Counts.Total;
            bar.Description = Markup.Escape(ProgressLine.Format(progress, itemsPerSecond));
        });
    }

    [LoggerMessage(EventId = 111, Level = LogLevel.Information, Message = "{Progress}")]
    private static partial void Progress(ILogger logger, string progress);
}
