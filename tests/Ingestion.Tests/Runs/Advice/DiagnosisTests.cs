using Ingestion.Runs;
using Ingestion.Runs.Advice;

namespace Ingestion.Tests.Runs.Advice;

public sealed class DiagnosisTests
{
    [Fact]
    public void Slots_that_wait_for_answers_are_bound_by_the_upstream() =>
        Assert.Equal(BoundBy.Upstream, Diagnosis.Explain(Measured.Run(fetch: 49, persist: 1)));

    [Fact]
    public void The_configured_delay_counts_as_waiting_for_the_upstream() =>
        Assert.Equal(BoundBy.Upstream, Diagnosis.Explain(Measured.Run(delay: 26, fetch: 4, persist: 20)));

    [Fact]
    public void Two_busy_cores_are_bound_by_the_cpu_although_fetches_wait_longer() =>
        Assert.Equal(BoundBy.Cpu, Diagnosis.Explain(Measured.Run(transform: 5, fetch: 45)));

    [Fact]
    public void Cores_are_busy_with_whatever_the_process_does() =>
        Assert.Equal(BoundBy.Cpu, Diagnosis.Explain(Measured.Run(cpu: 5, fetch: 45, persist: 5)));

    [Theory]
    [InlineData("EventLoop")]
    [InlineData("Sequential")]
    public void One_busy_thread_is_bound_by_the_cpu_on_any_machine(string strategy) =>
        Assert.Equal(BoundBy.Cpu, Diagnosis.Explain(Measured.Run(strategy, transform: 2.5, fetch: 47, cpu: 0) with { Cores = 64 }));

    [Fact]
    public void Waiting_for_commits_is_bound_by_the_database() =>
        Assert.Equal(BoundBy.Database, Diagnosis.Explain(Measured.Run(fetch: 10, persist: 40)));

    [Fact]
    public void Waiting_at_the_gate_is_bound_by_the_rate_limit() =>
        Assert.Equal(BoundBy.RateLimit, Diagnosis.Explain(Measured.Run(gate: 45, fetch: 5)));

    [Fact]
    public void Slots_that_are_mostly_idle_lack_input() =>
        Assert.Equal(BoundBy.Input, Diagnosis.Explain(Measured.Run(fetch: 20, busy: 6)));

    [Fact]
    public void Full_slots_without_a_dominant_wait_lack_slots() =>
        Assert.Equal(BoundBy.Concurrency, Diagnosis.Explain(Measured.Run(degree: 2, items: 400, fetch: 20, transform: 1.5, persist: 20)));

    [Fact]
    public void Computing_in_fewer_slots_than_cores_lacks_slots() =>
        Assert.Equal(BoundBy.Concurrency, Diagnosis.Explain(Measured.Run(degree: 1, items: 200, cpu: 45, transform: 45, fetch: 5)));

    [Fact]
    public void What_happens_beyond_the_slots_of_a_pipeline_is_not_slot_time() =>
        Assert.Equal(BoundBy.Upstream, Diagnosis.Explain(Measured.Run("Pipeline", fetch: 49, persist: 200)));

    [Fact]
    public void A_pipeline_that_waits_for_all_the_commits_it_may_is_bound_by_the_database() =>
        Assert.Equal(BoundBy.Database, Diagnosis.Explain(Measured.Run("Pipeline", fetch: 10, persist: 1_500)));

    [Fact]
    public void Nothing_to_do_is_a_lack_of_input() =>
        Assert.Equal(BoundBy.Input, Diagnosis.Explain(Measured.Run(items: 0, slots: 0, cpu: 0)));
}
