using Ingestion.Concurrency;

namespace LimiterComparison;

/// <summary>
/// The length of the queue, estimated from the shortest latency seen, with its defaults. Source: Netflix, https://github.com/Netflix/concurrency-limits,
/// <c>VegasLimit</c>.
/// </summary>
internal sealed class Vegas(int ceiling) : ILimiter
{
    private const int ProbeMultiplier = 30;

    private double _limit = 20;
    private double _shortest;
    private int _inFlight, _sinceProbe;

    public int Limit => (int)_limit;

    public bool IsAtFloor => Limit == 1;

    private double Step => Math.Max(1, Math.Log10(_limit));

    public void Started(TimeSpan now) => _inFlight++;

    public void Ended(TimeSpan now, AttemptEnd attempt)
    {
        int inFlight = _inFlight--;
        double latency = attempt.Latency.TotalSeconds;
        bool isDropped = attempt.Result != AttemptResult.Answered;
        if (!isDropped)
        {
            if (++_sinceProbe > ProbeMultiplier * _limit || _shortest == 0)
                (_sinceProbe, _shortest) = (0, latency);
            _shortest = Math.Min(_shortest, latency);
        }

        if (isDropped)
            Set(_limit - Step);
        else if (inFlight * 2 >= _limit)
            Set(Next(Math.Ceiling(_limit * (1 - (_shortest / latency)))));
    }

    private double Next(double queue)
    {
        double alpha = 3 * Step, beta = 6 * Step;
        return queue <= Step ? _limit + beta
            : queue < alpha ? _limit + Step
            : queue > beta ? _limit - Step
            : _limit;
    }

    private void Set(double limit) => _limit = Math.Clamp(limit, 1, ceiling);
}
