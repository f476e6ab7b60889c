namespace Ingestion.Runs.Recording;

/// <summary>Records a run in bounded memory. Safe from any thread.</summary>
internal sealed class RunRecorder(long startedAt, TimeProvider timeProvider)
{
    /// <summary>Attempts kept one by one; about 400 bytes each.</summary>
    public const int MaxAttempts = 10_000;

    private readonly Lock _lock = new();
    private readonly DateTimeOffset _startedOn = timeProvider.GetUtcNow() - timeProvider.GetElapsedTime(startedAt);
    private readonly List<RecordedAttempt> _attempts = [];
    private readonly TimelineGrid _grid = new();
    private readonly LatencyHistogram[] _stages = [.. Enum.GetValues<Stage>().Select(_ => new LatencyHistogram())];
    private readonly LatencyHistogram _attemptLatency = new();
    private readonly LatencyHistogram _queueWait = new();
    private long _count;
    private TimeSpan _elapsed;

    /// <summary>An attempt has ended.</summary>
    /// <param name="record">What was noted of it.</param>
    /// <param name="now">The time, for one that goes on.</param>
    public void Add(AttemptRecord record, long? now = null)
    {
        TimeSpan end = Since(now ?? record.End);
        TimeSpan begin = Since(record.Begin);
        lock (_lock)
        {
            _count++;
            _elapsed = end > _elapsed ? end : _elapsed;
            _queueWait.Add(begin - Since(record.Enqueued));
            if (now is null)
            {
                _attemptLatency.Add(end - begin);
                _grid.AddEnded(end);
            }

            foreach (ref readonly AttemptRecord.StageNote stage in record.Stages)
                Add(record, stage.Stage, Since(stage.Begin), Since(stage.End));
            if (_attempts.Count < MaxAttempts)
                _attempts.Add(record.Read(Since, now));
        }
    }

    public RunRecording Build(IReadOnlyList<string> threadNames, IReadOnlyList<RunSample> samples)
    {
        lock (_lock)
        {
            return new RunRecording
            {
                StartedAt = _startedOn,
                Elapsed = _elapsed,
                AttemptCount = _count,
                Attempts = [.. _attempts.OrderBy(attempt => attempt.End)],
                ThreadNames = threadNames,
                Timeline = _grid.Build(_elapsed),
                StageLatencies = Enum.GetValues<Stage>().ToDictionary(stage => stage, stage => _stages[(int)stage].Distribution),
                AttemptLatency = _attemptLatency.Distribution,
                QueueWait = _queueWait.Distribution,
                Samples = samples,
            };
        }
    }

    private void Add(AttemptRecord record, Stage stage, TimeSpan begin, TimeSpan end)
    {
        _stages[(int)stage].Add(end - begin);
        if (record.IsSlotHeldToTheEnd || stage < Stage.Transform)
            _grid.AddInSlot(record.Slot, stage, begin, end);
        else
            _grid.AddBeyondSlot(stage, begin, end);
    }

    private TimeSpan Since(long timestamp) => timeProvider.GetElapsedTime(startedAt, timestamp);
}
