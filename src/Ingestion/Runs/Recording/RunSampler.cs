namespace Ingestion.Runs.Recording;

/// <summary>Looks at a run every few milliseconds. When it has looked often enough, it forgets every second sample and looks half as often.</summary>
internal sealed class RunSampler : IDisposable
{
    private const int MaxSamples = 400;

    private readonly Lock _lock = new();
    private readonly List<RunSample> _samples = new(MaxSamples);
    private readonly Func<RunSample> _look;
    private readonly ITimer _timer;
    private TimeSpan _period = TimeSpan.FromMilliseconds(10);

    public RunSampler(Func<RunSample> look, TimeProvider timeProvider)
    {
        _look = look;
        _timer = timeProvider.CreateTimer(static state => ((RunSampler)state!).Sample(), this, TimeSpan.Zero, _period);
    }

    public RunSample[] Samples
    {
        get
        {
            lock (_lock)
                return [.. _samples];
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Sample()
    {
        lock (_lock)
        {
            RunSample sample = _look();
            if (_samples.Count > 0 && sample.At <= _samples[^1].At)
                return;

            _samples.Add(sample);
            if (_samples.Count < MaxSamples)
                return;

            for (int i = 0; i < MaxSamples / 2; i++)
                _samples[i] = _samples[2 * i];
            _samples.RemoveRange(MaxSamples / 2, MaxSamples / 2);
            // The latest sample is among those forgotten: one more of the old period, and the next is as far from the last kept one as all are.
            _timer.Change(_period, 2 * _period);
            _period *= 2;
        }
    }
}
