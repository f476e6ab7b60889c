using System.Diagnostics.Metrics;
using Ingestion.Runs;
using Ingestion.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using TestSupport.Time;

namespace Ingestion.Tests.Runs;

public sealed class DiagnosisTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly StageClock _clock;

    public DiagnosisTests()
    {
        IMeterFactory meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        _clock = new StageClock(_time, new IngestionMetrics(meters));
    }

    [Fact]
    public void Ten_slots_that_wait_for_answers_are_bound_by_the_upstream()
    {
        Spend(Stage.Fetch, 19.5);
        Spend(Stage.Persist, 0.3);

        Assert.Equal(BoundBy.Upstream, Explain(elapsed: 2, slots: 10, threads: 4));
    }

    [Fact]
    public void The_configured_delay_counts_as_waiting_for_the_upstream()
    {
        Spend(Stage.Delay, 20);

        Assert.Equal(BoundBy.Upstream, Explain(elapsed: 2, slots: 10, threads: 10));
    }

    [Fact]
    public void Two_busy_cores_are_bound_by_the_cpu_although_fetches_wait_longer()
    {
        Spend(Stage.Transform, 3.6);
        Spend(Stage.Fetch, 20);

        Assert.Equal(BoundBy.Cpu, Explain(elapsed: 2, slots: 16, threads: 8));
    }

    [Fact]
    public void One_busy_event_loop_is_bound_by_the_cpu_on_any_machine()
    {
        Spend(Stage.Transform, 1.8);
        Spend(Stage.Fetch, 28);

        Assert.Equal(BoundBy.Cpu, Explain(elapsed: 2, slots: 16, threads: 1));
    }

    [Fact]
    public void Waiting_for_commits_is_bound_by_the_database()
    {
        Spend(Stage.Fetch, 4);
        Spend(Stage.Persist, 14);

        Assert.Equal(BoundBy.Database, Explain(elapsed: 2, slots: 10, threads: 4));
    }

    [Fact]
    public void Waiting_at_the_gate_is_bound_by_the_rate_limit()
    {
        Spend(Stage.Gate, 18);

        Assert.Equal(BoundBy.RateLimit, Explain(elapsed: 2, slots: 10, threads: 4));
    }

    [Fact]
    public void Slots_that_are_mostly_idle_lack_input()
    {
        Spend(Stage.Fetch, 5);

        Assert.Equal(BoundBy.Input, Explain(elapsed: 2, slots: 10, threads: 4));
    }

    private BoundBy Explain(double elapsed, int slots, int threads) =>
        Diagnosis.Explain(_clock, TimeSpan.FromSeconds(elapsed), slots, threads, cores: 2);

    private void Spend(Stage stage, double seconds)
    {
        long startedAt = _clock.Start();
        _time.Advance(TimeSpan.FromSeconds(seconds));
        _clock.Stop(stage, startedAt);
    }
}
