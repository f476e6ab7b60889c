using Ingestion.Runs;

namespace Worker.Reports;

/// <summary>A bar on the terminal, gone when the run has ended.</summary>
internal sealed class ProgressBarDisplay(IIngestionRunner runner, TimeProvider timeProvider) : IProgressDisplay
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan RateInterval = TimeSpan.FromSeconds(1);

    public Task ShowUntilAsync(Task run) => Terminal.Error()
        .Progress()
        .AutoClear(true)
        .AutoRefresh(true)
        .Columns(new ProgressBarColumn { Width = 30 }, new TaskDescriptionColumn { Alignment = Justify.Left })
        .StartAsync(context => UpdateUntilAsync(run, context.AddTask("starting", maxValue: 1)));

    private async Task UpdateUntilAsync(Task run, ProgressTask bar)
    {
        ProgressRate rate = new(timeProvider);
        double? itemsPerSecond = null;
        long lastRate = timeProvider.GetTimestamp();
        using PeriodicTimer timer = new(Interval, timeProvider);
        while (await Task.WhenAny(run, timer.WaitForNextTickAsync().AsTask()) != run)
        {
            RunProgress progress = runner.Progress;
            if (itemsPerSecond is null || timeProvider.GetElapsedTime(lastRate) >= RateInterval)
            {
                itemsPerSecond = rate.Next(progress);
                lastRate = timeProvider.GetTimestamp();
            }

            bar.IsIndeterminate = progress.Requested is null;
            bar.MaxValue = Math.Max(1, progress.Requested ?? 1);
            bar.Value = progress.Requested is null ? 0 : progress.Counts.Total;
            bar.Description = Markup.Escape(ProgressLine.Format(progress, itemsPerSecond));
        }
    }
}
