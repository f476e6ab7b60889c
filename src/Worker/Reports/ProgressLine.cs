namespace Worker.Reports;

/// <summary>A run in one line, such as <c>412 of 826 done, 206 items/s, 16 in flight, 0 failed, about 2 s left</c>.</summary>
internal static class ProgressLine
{
    public static string Format(RunProgress progress, double? itemsPerSecond)
    {
        if (progress.RunId is null)
            return "waiting for the run to open";

        long done = progress.Counts.Total;
        string line = progress.Requested is { } requested ? $"{Quantity.Of(done)} of {Quantity.Of(requested)} done" : $"{Quantity.Of(done)} done";
        if (itemsPerSecond is { } rate)
            line += $", {Quantity.Of(rate)} items/s";
        line += $", {Quantity.Of(progress.InFlight)} in flight, {Quantity.Of(progress.Counts.Failed)} failed";
        if (progress.Waiting > 0)
            line += $", {Quantity.Of(progress.Waiting)} waiting for a retry";
        if (progress.IsUpstreamPaused)
            line += ", upstream paused";
        if (progress.IsPaused)
            line += ", paused";
        return line + TimeLeft(progress, itemsPerSecond);
    }

    private static string TimeLeft(RunProgress progress, double? itemsPerSecond)
    {
        if (progress.Requested is not { } requested || itemsPerSecond is not > 0)
            return "";

        double seconds = Math.Max(0, requested - progress.Counts.Total) / itemsPerSecond.Value;
        return seconds switch
        {
            < 60 => $", about {Math.Ceiling(seconds):0} s left",
            < 3_600 => $", about {seconds / 60:0} min left",
            < 360_000 => $", about {seconds / 3_600:0.0} h left",
            _ => "",
        };
    }

    /// <summary>How fast a run went between the last two looks at it. What an earlier process had done is not counted as speed.</summary>
    internal sealed class Rate(TimeProvider timeProvider)
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
}
