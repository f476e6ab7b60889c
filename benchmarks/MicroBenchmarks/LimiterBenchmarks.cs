using BenchmarkDotNet.Attributes;
using Ingestion.Concurrency;
using Ingestion.Concurrency.Adaptive;

namespace MicroBenchmarks;

/// <summary>What <c>Adaptive</c> adds to a request: its limiter is told of the start and of the end.</summary>
public class LimiterBenchmarks
{
    private const int InFlight = 50;
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(InFlight);

    private readonly AdaptiveLimiter _limiter = new(ceiling: 64, static _ => { });
    private TimeSpan _now;

    /// <summary>Starts what is in flight from then on.</summary>
    [GlobalSetup]
    public void Setup()
    {
        for (int i = 0; i < InFlight; i++)
            _limiter.Started(_now);
    }

    /// <summary>One starts and one ends, each millisecond; every fiftieth completes a round trip, which is evaluated.</summary>
    [Benchmark]
    public int Attempt()
    {
        _now += TimeSpan.FromMilliseconds(1);
        _limiter.Started(_now);
        _limiter.Ended(_now, new AttemptEnd(AttemptResult.Answered, Latency));
        return _limiter.Limit;
    }
}
