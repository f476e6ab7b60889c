using Ingestion.Items;
using Ingestion.Runs;
using Ingestion.Runs.Recording;
using Ingestion.Runs.Watching;
using Ingestion.Sources;
using TestSupport.Time;

namespace Ingestion.Tests.Runs.Recording;

public sealed class RunRecorderTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly ThreadCensus _threads = new();
    private readonly RunSampler _sampler;
    private readonly RunRecorder _recorder;

    public RunRecorderTests()
    {
        _sampler = new(() => new RunSample(TimeSpan.FromTicks(_clock.GetTimestamp()), 1, 2, 3, 4), _clock);
        _recorder = new RunRecorder(startedAt: 0, _clock);
    }

    public void Dispose() => _sampler.Dispose();

    [Fact]
    public void A_million_attempts_take_no_more_room_than_ten_thousand()
    {
        const int attempts = 1_000_000;
        for (int i = 0; i < attempts; i++)
            Attempt(i, slot: i % 1_000, TimeSpan.FromMicroseconds(100));

        RunRecording recording = _recorder.Build(_threads.Names, _sampler.Samples);

        Assert.Equal((attempts, RunRecorder.MaxAttempts), (recording.AttemptCount, recording.Attempts.Count));
        Assert.Equal(Enumerable.Range(0, RunRecorder.MaxAttempts), recording.Attempts.Select(attempt => (int)attempt.Key.Number));
        Assert.Equal((attempts, attempts), (recording.Timeline.Ended.Sum(), recording.StageLatencies[Stage.Fetch].Count));
        Assert.Equal((attempts, attempts), (recording.AttemptLatency.Count, recording.QueueWait.Count));
        Assert.InRange(recording.Timeline.Slots.Sum(row => row.Count), 1, 32 * 320);
        Assert.InRange(recording.Samples.Count, 100, 400);
        Assert.Equal(recording.Samples.Select(sample => sample.At).Distinct().Order(), recording.Samples.Select(sample => sample.At));
    }

    [Fact]
    public void Times_count_from_the_start_of_the_run()
    {
        _clock.Advance(TimeSpan.FromSeconds(3));
        Attempt(7, slot: 2, TimeSpan.FromSeconds(1));

        RunRecording recording = _recorder.Build(_threads.Names, _sampler.Samples);

        RecordedAttempt attempt = Assert.Single(recording.Attempts);
        Assert.Equal((TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(4)), (attempt.Begin, attempt.End));
        Assert.Equal((7, 2, 1, 1), (attempt.Key, attempt.Slot, attempt.BeginThread, attempt.EndThread));
        Assert.Equal(new RecordedStage(Stage.Fetch, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(4), 1, 1), Assert.Single(attempt.Stages));
        Assert.Equal((_clock.GetUtcNow() - TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(4)), (recording.StartedAt, recording.Elapsed));
    }

    [Fact]
    public void Samples_thin_out_evenly_and_stop_when_the_sampler_does()
    {
        for (int i = 0; i < 2_000; i++)
            _clock.Advance(TimeSpan.FromMilliseconds(10));

        RunSample[] samples = [.. _recorder.Build(_threads.Names, _sampler.Samples).Samples];
        Assert.InRange(samples.Length, 200, 400);
        Assert.Single(samples.Zip(samples.Skip(1), (one, next) => next.At - one.At).Distinct());

        _sampler.Dispose();
        Assert.Equal(0, _clock.PendingTimers);
    }

    private void Attempt(int id, int slot, TimeSpan took)
    {
        long begin = _clock.GetTimestamp();
        WorkItem item = new(new SourceItem(id)) { Attempts = 1, EnqueuedAt = begin };
        AttemptRecord record = new AttemptRecord().Start(item, slot, begin, _threads.SeeCurrentThread(), isSlotHeldToTheEnd: true, traceId: null);
        record.BeginStage(Stage.Fetch, begin, _threads.SeeCurrentThread());
        _clock.Advance(took);
        record.EndStage(_clock.GetTimestamp(), _threads.SeeCurrentThread());
        record.Finish(_clock.GetTimestamp(), _threads.SeeCurrentThread(), Outcome.Ingested, error: null);
        _recorder.Add(record);
    }
}
