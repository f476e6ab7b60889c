using Ingestion.Runs;

namespace Worker.Reports;

/// <summary>A bar on the terminal, gone when the run has ended.</summary>
internal sealed class ProgressBarDisplay(IIngestionRunner runner, TimeProvider timeProvider) : IProgressDisplay
{
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private const int LooksPerRate = 5;

    public Task ShowUntilAsync(Task run) => Terminal.Bar(Terminal.Error()).StartAsync(context =>
    {
        ProgressTask bar = context.AddTask("starting", maxValue: 1);
        ProgressLine.Rate rate = new(timeProvider);
        double? itemsPerSecond = null;
        int looks = 0;
        return Terminal.WatchAsync(run, Interval, timeProvider, () =>
        {
            RunProgress progress = runner.Progress;
            if (itemsPerSecond is null || ++looks % LooksPerRate == 0)
                itemsPerSecond = rate.Next(progress);
            bar.IsIndeterminate = progress.Requested is null;
            bar.MaxValue = Math.Max(1, progress.Requested ?? 1);
            bar.Value = progress.Requested is null ? 0 : progress.Counts.Total;
            bar.Description = Markup.Escape(ProgressLine.Format(progress, itemsPerSecond));
        });
    });
}
