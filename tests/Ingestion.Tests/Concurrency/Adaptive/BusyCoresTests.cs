using Ingestion.Concurrency.Adaptive;
using Ingestion.Runs;
using Ingestion.Runs.Watching;

namespace Ingestion.Tests.Concurrency.Adaptive;

/// <summary>What the limiter does while the worker's own cores are busy.</summary>
public sealed class BusyCoresTests
{
    private const int Ceiling = 1000;

    [Theory]
    [InlineData(0.0005, 60e-6)]
    [InlineData(0.005, 100e-6)]
    [InlineData(0.05, 200e-6)]
    public void Busy_cores_are_not_taken_for_a_slow_upstream(double latency, double read)
    {
        // The more at once, the less each costs: as with packets, wake-ups and commits that many share.
        SimulatedBackend backend = new(Ceiling, rejects: false) { Latency = latency, ReadSeconds = inFlight => read * (1 + (3.0 / inFlight)) };
        AdaptiveLimiter limiter = OnBusyCore(backend);
        backend.Run(limiter, (int)(2 / latency));

        double share = backend.Run(limiter, (int)(10 / latency));

        Assert.True(share >= 0.95, $"{share:F3} of the best, at a limit of {limiter.Limit}");
        Assert.False(limiter.HasMetLimit);
    }

    [Theory, MemberData(nameof(AdaptiveLimiterTests.Backends), MemberType = typeof(AdaptiveLimiterTests))]
    public void An_upstream_is_found_behind_busy_cores_too(int capacity, bool rejects)
    {
        SimulatedBackend backend = new(capacity, rejects) { RejectionSeconds = 0.02 };
        AdaptiveLimiter limiter = new(Ceiling, _ => { }, areCoresBusy: _ => true);
        backend.Run(limiter, 100);

        double share = backend.Run(limiter, 500);

        Assert.True(share >= 0.95, $"{share:F3} of the best, at a limit of {limiter.Limit}");
        Assert.True(backend.Rejected <= 0.01 * (backend.Answered + backend.Rejected), $"{backend.Rejected} of {backend.Answered + backend.Rejected} rejected");
        Assert.InRange(backend.MostInFlight, capacity, Math.Max(32, capacity * 4));
    }

    [Fact]
    public void A_neighbour_that_takes_the_cores_for_a_while_does_not_shrink_the_limit()
    {
        bool isBusy = false;
        SimulatedBackend backend = new(50, rejects: false);
        AdaptiveLimiter limiter = new(Ceiling, _ => { }, areCoresBusy: _ => isBusy);
        backend.Run(limiter, 300);
        int found = limiter.Limit;

        (isBusy, backend.ReadSeconds) = (true, _ => 0.003);
        backend.Run(limiter, 300);
        Assert.InRange(limiter.Limit, found * 0.9, found * 3);

        (isBusy, backend.ReadSeconds) = (false, null);
        double share = backend.Run(limiter, 50);
        Assert.True(share >= 0.95, $"{share:F3} of the best, at a limit of {limiter.Limit}");
    }

    [Fact]
    public void An_upstream_that_gets_slower_when_the_cores_are_idle_again_is_noticed()
    {
        SimulatedBackend backend = new(200, rejects: false) { ReadSeconds = _ => 0.05 / 200 * 0.9 };
        AdaptiveLimiter limiter = OnBusyCore(backend);
        backend.Run(limiter, 300);

        backend.Capacity = 50;
        backend.Run(limiter, 600);

        Assert.InRange(limiter.Limit, 45, 100);
    }

    private static AdaptiveLimiter OnBusyCore(SimulatedBackend backend) =>
        new(Ceiling, _ => { }, areCoresBusy: new CoreLoad(new CpuAllowance("/nowhere", 1), () => backend.CoreTime).IsBusy);
}
