using Ingestion.Concurrency;

namespace LimiterComparison;

/// <summary>
/// The gradient of a short and a long average latency, with its defaults but for the range of limits; it takes no notice of rejections. Source: Netflix,
/// https://github.com/Netflix/concurrency-limits, <c>Gradient2Limit</c>.
/// </summary>
internal sealed class Gradient2(int ceiling) : ILimiter
{
    private const double Tolerance = 1.5;
    private const double Smoothing = 0.2;
    private const double QueueSize = 4;
    private const int LongWindow = 600;
    private const int WarmUp = 10;

    private double _limit = 20;
    private double _longLatency, _sum;
    private int _count, _inFlight;

    public int Limit => (int)_limit;

    public bool IsAtFloor => Limit == 1;

    public void Started(TimeSpan now) => _inFlight++;

    public void Ended(TimeSpan now, AttemptEnd attempt)
    {
        int inFlight = _inFlight--;
        if (attempt.Result != AttemptResult.Answered)
            return;

        double latency = attempt.Latency.TotalSeconds;
        if (_count < WarmUp)
        {
            _sum += latency;
            _longLatency = _sum / ++_count;
        }
        else
        {
            _longLatency += 2.0 / (LongWindow + 1) * (latency - _longLatency);
        }

        if (_longLatency / latency > 2)
            _longLatency *= 0.95;
        if (inFlight < _limit / 2)
            return;

        double gradient = Math.Clamp(Tolerance * _longLatency / latency, 0.5, 1);
        double wanted = (_limit * gradient) + QueueSize;
        _limit = Math.Clamp((_limit * (1 - Smoothing)) + (wanted * Smoothing), 1, ceiling);
    }
}
