using Ingestion.Concurrency;

namespace LimiterComparison;

/// <summary>
/// Additive increase, multiplicative decrease, as in Vector: once per round trip one more when the mean was no longer than the moving average, × 0.9 when it was
/// more than 2.5 deviations longer or there was back-pressure. Source: https://vector.dev/docs/about/under-the-hood/networking/arc/.
/// </summary>
internal sealed class VectorAimd(int ceiling) : ILimiter
{
    private const double Alpha = 0.4;
    private const double Deviations = 2.5;
    private const double Decrease = 0.9;

    private double _limit = 1;
    private double _mean, _variance;
    private double _sum;
    private int _count, _inFlight;
    private bool _hasReachedLimit, _hasBackPressure;
    private TimeSpan _next;

    public int Limit => (int)_limit;

    public bool IsAtFloor => Limit == 1;

    public void Started(TimeSpan now)
    {
        if (++_inFlight >= Limit)
            _hasReachedLimit = true;
    }

    public void Ended(TimeSpan now, AttemptEnd attempt)
    {
        _inFlight--;
        if (attempt.Result == AttemptResult.Answered)
        {
            _sum += attempt.Latency.TotalSeconds;
            _count++;
        }
        else
        {
            _hasBackPressure = true;
        }

        if (now < _next)
            return;

        double? current = _count > 0 ? _sum / _count : null;
        if (_mean > 0)
            Adjust(current);
        if (current is { } value)
            Average(value);
        _next = now + TimeSpan.FromSeconds(_mean > 0 ? _mean : attempt.Latency.TotalSeconds);
        (_sum, _count, _hasReachedLimit, _hasBackPressure) = (0, 0, false, false);
    }

    private void Adjust(double? current)
    {
        if (!_hasBackPressure && _hasReachedLimit && current <= _mean)
            _limit = Math.Min(_limit + 1, ceiling);
        else if (_hasBackPressure || current >= _mean + (Deviations * Math.Sqrt(_variance)))
            _limit = Math.Max((int)(_limit * Decrease), 1);
    }

    private void Average(double value)
    {
        if (_mean == 0)
        {
            _mean = value;
            return;
        }

        double difference = value - _mean;
        _mean += Alpha * difference;
        _variance = (1 - Alpha) * (_variance + (Alpha * difference * difference));
    }
}
