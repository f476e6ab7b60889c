using Ingestion.Runs;

namespace Worker.Reports;

/// <summary>A log line now and then, for whoever reads the log instead of a terminal.</summary>
internal sealed partial class ProgressLog(IIngestionRunner runner, TimeProvider timeProvider, ILogger<ProgressLog> logger) : IProgressDisplay
{
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    public Task ShowUntilAsync(Task run)
    {
        ProgressLine.Rate rate = new(timeProvider);
        _ = rate.Next(runner.Progress);
        return Terminal.WatchAsync(run, Interval, timeProvider, () => Progress(logger, ProgressLine.Format(runner.Progress, rate.Next(runner.Progress))));
    }

    [LoggerMessage(EventId = 111, Level = LogLevel.Information, Message = "{Progress}")]
    private static partial void Progress(ILogger logger, string progress);
}
