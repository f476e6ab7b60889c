using Ingestion.Runs;

namespace Worker.Reports;

/// <summary>How fast a run went between the last two looks at it. What an earlier process had done is not counted as speed.</summary>
internal sealed class ProgressRate(TimeProvider timeProvider)
{
    private Guid? _runId;
    private long _total;
    private long _timestamp;

    /// <summary>Outcomes per second since the last call; null at the first look at a run.</summary>
    public double? Next(RunProgress progress)
    {
        long now = timeProvider.GetTimestamp();
        double? rate = progress.RunId is not null && progress.RunId == _runId
            ? Math.Max(0, progress.Counts.Total - _total) / Math.Max(timeProvider.GetElapsedTime(_timestamp, now).TotalSeconds, 0.001)
            : null;
        (_runId, _total, _timestamp) = (progress.RunId, progress.Counts.Total, now);
        return rate;
    }
}
