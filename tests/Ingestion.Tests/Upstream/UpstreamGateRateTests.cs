using Ingestion.Upstream;

namespace Ingestion.Tests.Upstream;

public sealed class UpstreamGateRateTests
{
    public static TheoryData<bool> Forms => [true, false];

    [Theory, MemberData(nameof(Forms))]
    public async Task Requests_are_spaced_evenly_first_come_first_served(bool blocking)
    {
        using var fixture = new GateFixture(requestsPerSecond: 10);
        Task<GatePass>[] slots = [.. Enumerable.Range(0, 5).Select(_ => fixture.EnterAsync(blocking))];

        for (int i = 0; i < slots.Length; i++)
        {
            await slots[i];
            Assert.Equal(slots.Length - i - 1, fixture.Gate.Waiting);
            Assert.Equal(i < slots.Length - 1 ? 1 : 0, fixture.Clock.PendingTimers);
            fixture.Clock.Advance(TimeSpan.FromSeconds(0.1));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    [InlineData(1000)]
    [InlineData(100_000)]
    public async Task In_any_second_there_are_no_more_requests_than_allowed_but_for_the_tolerance(double rate)
    {
        using var fixture = new GateFixture(rate);
        int passed = 0;
        using var stop = new CancellationTokenSource();
        Task<GatePass> next = fixture.EnterAsync(blocking: false, stop.Token);
        for (int millisecond = 0; millisecond < 2_000; millisecond++)
        {
            while (fixture.Gate.Waiting == 0)
            {
                await next;
                passed++;
                next = fixture.EnterAsync(blocking: false, stop.Token);
            }

            fixture.Clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.InRange(passed, rate * 2 * 0.97, (rate * 2.01) + 1);
        await stop.CancelAsync();
    }

    [Fact]
    public async Task The_rate_may_change_while_attempts_wait()
    {
        using var fixture = new GateFixture(requestsPerSecond: 0.01);
        await fixture.EnterAsync(blocking: false);
        Task<GatePass> second = fixture.EnterAsync(blocking: false);
        Task<GatePass> third = fixture.EnterAsync(blocking: false);
        fixture.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, fixture.Gate.Waiting);

        fixture.Change(requestsPerSecond: 2);
        await second;
        Assert.Equal(1, fixture.Gate.Waiting);

        fixture.Change(requestsPerSecond: null);
        await third;
        Assert.True(fixture.EnterAsync(blocking: false).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_gate_that_closes_holds_those_who_wait_for_their_turn_too()
    {
        using var fixture = new GateFixture(requestsPerSecond: 1);
        await fixture.EnterAsync(blocking: false);
        Task<GatePass> second = fixture.EnterAsync(blocking: false);
        Task<GatePass> third = fixture.EnterAsync(blocking: false);

        fixture.Fail(1, GateFixture.Failure(FetchFailureKind.TooManyRequests, retryAfter: 60));
        fixture.Clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(2, fixture.Gate.Waiting);
        fixture.Clock.Advance(TimeSpan.FromSeconds(1));
        GatePass probe = await second;
        Assert.True(probe.IsProbe);

        fixture.Gate.ReportSuccess(probe);
        Assert.Equal(1, fixture.Gate.Waiting);
        fixture.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(default, await third);
    }

    [Fact]
    public async Task Nobody_is_forgotten_and_there_is_never_a_second_probe_whatever_happens_at_once()
    {
        using var fixture = new GateFixture();
        int probes = 0, remaining = 20_000;
        Task[] slots = [.. Enumerable.Range(0, 8).Select(seed => Task.Run(() => RunAsync(new Random(seed))))];
        Task all = Task.WhenAll(slots);
        while (!all.IsCompleted)
        {
            fixture.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await all;
        Assert.Equal(0, fixture.Gate.Waiting);
        Assert.True(fixture.Messages.Count > 10, "The gate never closed: nothing was tested.");

        async Task RunAsync(Random random)
        {
            while (Interlocked.Decrement(ref remaining) >= 0)
            {
                using var abort = new CancellationTokenSource();
                ValueTask<GatePass> enter = fixture.Gate.EnterAsync(abort.Token);
                if (random.Next(10) == 0)
                    await abort.CancelAsync();

                GatePass pass;
                try
                {
                    pass = await enter;
                }
                catch (OperationCanceledException)
                {
                    continue;
                }

                if (pass.IsProbe)
                    Assert.Equal(1, Interlocked.Increment(ref probes));
                if (random.Next(4) == 0)
                    await Task.Yield();
                if (pass.IsProbe)
                    Interlocked.Decrement(ref probes);

                Report(pass, random.Next(10));
            }
        }

        void Report(GatePass pass, int result)
        {
            if (result == 0)
                fixture.Gate.ReportSuccess(pass);
            else if (result == 1)
                fixture.Gate.ReportAborted(pass);
            else
                fixture.Gate.ReportFailure(pass, GateFixture.Failure(retryAfter: result == 2 ? 1 : null));
        }
    }
}
