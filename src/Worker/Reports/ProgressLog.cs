using Ingestion.Runs;

namespace Worker.Reports;

/// <summary>A log line now and then, for whoever reads the log instead of a terminal.</summary>
internal sealed partial class ProgressLog(IIngestionRunner runner, TimeProvider timeProvider, ILogger<ProgressLog> logger) : IProgressDisplay
{
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    public async Task ShowUntilAsync(Task run)
    {
        ProgressRate rate = new(timeProvider);
        _ = rate.Next(runner.Progress);
        using PeriodicTimer timer = new(Interval, timeProvider);
        while (await Task.WhenAny(run, timer.WaitForNextTickAsync().AsTask()) != run)
        {
            RunProgress progress = runner.Progress;
            Progress(logger, ProgressLine.Format(progress, rate.Next(progress)));
        }
    }

    [LoggerMessage(EventId = 111, Level = LogLevel.Information, Message = "{Progress}")]
    private static partial void Progress(ILogger logger, string progress);
}
