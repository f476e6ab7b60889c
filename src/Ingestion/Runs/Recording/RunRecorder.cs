using Ingestion.Items;
using Ingestion.Runs.Watching;

namespace Ingestion.Runs.Recording;

/// <summary>Records a run in bounded memory. Safe from any thread.</summary>
internal sealed class RunRecorder(bool isSlotHeldToTheEnd, ThreadCensus threads, RunSampler sampler, long startedAt, TimeProvider timeProvider)
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

    /// <summary>An attempt has ended, on the calling thread.</summary>
    public void Add(AttemptRecord record, Outcome? outcome, string? error)
    {
        long endedAt = timeProvider.GetTimestamp();
        TimeSpan end = Since(endedAt);
        int endThread = threads.SeeCurrentThread();
        TimeSpan begin = Since(record.Begin);
        TimeSpan enqueued = Since(record.Item.EnqueuedAt);
        lock (_lock)
        {
            _count++;
            _elapsed = end > _elapsed ? end : _elapsed;
            _attemptLatency.Add(end - begin);
            _queueWait.Add(begin - enqueued);
            _grid.AddEnded(end);
            foreach ((Stage stage, long stageBegin, long stageEnd, _, _) in record.Stages)
                Add(record.Slot, stage, Since(stageBegin), Since(stageEnd));

            if (_attempts.Count < MaxAttempts)
            {
                _attempts.Add(new RecordedAttempt
                {
                    Key = record.Item.Key,
                    Attempt = record.Item.Attempts,
                    Slot = record.Slot,
                    Enqueued = enqueued,
                    PreviousEnd = record.Item.PreviousEnd is { } previous ? Since(previous) : null,
                    Begin = begin,
                    End = end,
                    BeginThread = record.BeginThread,
                    EndThread = endThread,
                    Outcome = outcome,
                    Error = error,
                    TraceId = record.TraceId,
                    Stages = [.. record.Stages.Select(stage => new RecordedStage(stage.Stage, Since(stage.Begin), Since(stage.End), stage.BeginThread, stage.EndThread))],
                });
            }
        }

        record.Item.PreviousEnd = endedAt;
    }

    public RunRecording Build()
    {
        lock (_lock)
        {
            return new RunRecording
            {
                StartedAt = _startedOn,
                Elapsed = _elapsed,
                AttemptCount = _count,
                Attempts = [.. _attempts.OrderBy(attempt => attempt.End)],
                ThreadNames = threads.Names,
                Timeline = _grid.Build(_elapsed),
                StageLatencies = Enum.GetValues<Stage>().ToDictionary(stage => stage, stage => _stages[(int)stage].Distribution),
                AttemptLatency = _attemptLatency.Distribution,
                QueueWait = _queueWait.Distribution,
                Samples = sampler.Samples,
            };
        }
    }

    private void Add(int slot, Stage stage, TimeSpan begin, TimeSpan end)
    {
        _stages[(int)stage].Add(end - begin);
        if (isSlotHeldToTheEnd || stage < Stage.Transform)
            _grid.AddInSlot(slot, stage, begin, end);
        else
            _grid.AddBeyondSlot(stage, begin, end);
    }

    private TimeSpan Since(long timestamp) => timeProvider.GetElapsedTime(startedAt, timestamp);
}
