using Ingestion.Upstream;
using Microsoft.Extensions.Logging;

namespace Ingestion.Tests.Upstream;

/// <summary>Closing, the probe, reopening. Every test runs in the blocking and in the non-blocking form.</summary>
public sealed class UpstreamGateTests
{
    private static readonly GatePass Probe = new(IsProbe: true);

    public static TheoryData<bool> Forms => [true, false];

    [Theory, MemberData(nameof(Forms))]
    public async Task An_open_gate_is_passed_at_once(bool blocking)
    {
        using var fixture = new GateFixture();

        Assert.Equal(default, await fixture.EnterAsync(blocking));
        Assert.True(fixture.Gate.IsOpen);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fixture.EnterAsync(blocking, new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task Passing_an_open_gate_allocates_nothing()
    {
        using var fixture = new GateFixture();
        fixture.Gate.ReportSuccess(fixture.Gate.Enter(CancellationToken.None));
        long before = GC.GetAllocatedBytesForCurrentThread();

        for (int i = 0; i < 1000; i++)
        {
            fixture.Gate.ReportSuccess(fixture.Gate.Enter(CancellationToken.None), i + 1);
            fixture.Gate.ReportSuccess(await fixture.Gate.EnterAsync(CancellationToken.None));
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task It_tells_how_long_it_has_been_closed_until_a_probe_was_answered()
    {
        using var fixture = new GateFixture();
        Assert.Equal(TimeSpan.Zero, fixture.Gate.ClosedFor);

        fixture.Fail(1, GateFixture.Failure(FetchFailureKind.TooManyRequests, retryAfter: 3));
        fixture.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromSeconds(2), fixture.Gate.ClosedFor);

        // The time is over, but nobody has asked yet.
        fixture.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.True(fixture.Gate.IsOpen);
        Assert.Equal(TimeSpan.FromSeconds(4), fixture.Gate.ClosedFor);

        fixture.Gate.ReportFailure(await fixture.EnterAsync(blocking: false), GateFixture.Failure());
        fixture.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(TimeSpan.FromSeconds(34), fixture.Gate.ClosedFor);

        fixture.Gate.ReportSuccess(await fixture.EnterAsync(blocking: false));
        Assert.Equal(TimeSpan.Zero, fixture.Gate.ClosedFor);
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task Retry_after_holds_everybody_until_one_probe_succeeds(bool blocking)
    {
        using var fixture = new GateFixture();
        fixture.Fail(1, GateFixture.Failure(FetchFailureKind.TooManyRequests, retryAfter: 3));
        Task<GatePass>[] slots = [await WaitAsync(fixture, blocking), await WaitAsync(fixture, blocking), await WaitAsync(fixture, blocking)];

        fixture.Clock.Advance(TimeSpan.FromSeconds(2.999));
        Assert.Equal(3, fixture.Gate.Waiting);
        Assert.False(fixture.Gate.IsOpen);

        fixture.Clock.Advance(TimeSpan.FromSeconds(0.001));
        Assert.Equal(Probe, await slots[0]);
        Assert.False(fixture.Gate.IsOpen);
        fixture.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(2, fixture.Gate.Waiting);

        fixture.Gate.ReportSuccess(Probe);
        Assert.Equal(default, await slots[1]);
        Assert.Equal(default, await slots[2]);
        Assert.True(fixture.Gate.IsOpen);
        Assert.Equal(
            [(LogLevel.Warning, "The upstream gate is closed for 00:00:03: some TooManyRequests. All slots wait, then one probe goes first"),
                (LogLevel.Information, "The upstream gate is open again after 01:00:03")],
            fixture.Messages);
    }

    [Fact]
    public void The_longest_retry_after_counts_and_later_failures_do_not_shorten_it()
    {
        using var fixture = new GateFixture();
        fixture.Fail(1, GateFixture.Failure(FetchFailureKind.TooManyRequests, retryAfter: 2));
        fixture.Fail(1, GateFixture.Failure(FetchFailureKind.ServerError, retryAfter: 10));
        fixture.Fail(1, GateFixture.Failure(FetchFailureKind.TooManyRequests, retryAfter: 1));
        fixture.Fail(30);
        fixture.Gate.ReportSuccess(default);

        fixture.Clock.Advance(TimeSpan.FromSeconds(9.9));
        Assert.False(fixture.Gate.IsOpen);
        fixture.Clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.True(fixture.Gate.IsOpen);
        Assert.Equal(Probe, fixture.Gate.Enter(CancellationToken.None));
        Assert.Single(fixture.Messages);
    }

    [Fact]
    public async Task A_retry_after_that_arrives_late_outlasts_the_success_of_the_probe()
    {
        using var fixture = new GateFixture();
        fixture.Fail(10);
        fixture.Clock.Advance(GateState.MinPause);
        GatePass probe = fixture.Gate.Enter(CancellationToken.None);
        fixture.Fail(1, GateFixture.Failure(FetchFailureKind.TooManyRequests, retryAfter: 5));

        fixture.Gate.ReportSuccess(probe);

        Assert.False(fixture.Gate.IsOpen);
        Task<GatePass> next = fixture.EnterAsync(blocking: false);
        fixture.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(Probe, await next);
    }

    [Theory]
    [InlineData(nameof(FetchFailureKind.Timeout), null, true)]
    [InlineData(nameof(FetchFailureKind.ConnectionFailed), null, true)]
    [InlineData(nameof(FetchFailureKind.ConnectionLost), null, true)]
    [InlineData(nameof(FetchFailureKind.RequestTimeout), 408, true)]
    [InlineData(nameof(FetchFailureKind.TooManyRequests), 429, true)]
    [InlineData(nameof(FetchFailureKind.ServerError), 503, true)]
    [InlineData(nameof(FetchFailureKind.ServerError), 500, false)]
    [InlineData(nameof(FetchFailureKind.ClientError), 400, false)]
    [InlineData(nameof(FetchFailureKind.BodyTooLarge), null, false)]
    [InlineData(nameof(FetchFailureKind.RedirectRefused), null, false)]
    [InlineData(nameof(FetchFailureKind.UnexpectedResponse), 204, false)]
    public void Ten_failures_in_a_row_close_the_gate_if_they_speak_of_the_upstream(string kind, int? status, bool closes)
    {
        using var fixture = new GateFixture();
        FetchFailure failure = GateFixture.Failure(Enum.Parse<FetchFailureKind>(kind), status: status);

        fixture.Fail(9, failure);
        Assert.True(fixture.Gate.IsOpen);
        fixture.Gate.ReportSuccess(default);
        fixture.Fail(9, failure);
        Assert.True(fixture.Gate.IsOpen);
        fixture.Fail(1, failure);

        Assert.Equal(!closes, fixture.Gate.IsOpen);
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task A_probe_that_is_aborted_hands_over_to_another_waiter(bool blocking)
    {
        using var fixture = new GateFixture();
        fixture.Fail(10);
        Task<GatePass>[] slots = [await WaitAsync(fixture, blocking), await WaitAsync(fixture, blocking)];
        fixture.Clock.Advance(GateState.MinPause);

        fixture.Gate.ReportAborted(await slots[0]);

        Assert.Equal(Probe, await slots[1]);
        fixture.Gate.ReportAborted(Probe);
        Assert.Equal(Probe, await fixture.EnterAsync(blocking));
    }

    [Theory, MemberData(nameof(Forms))]
    public async Task Aborting_interrupts_the_wait_and_leaves_the_others_in_turn(bool blocking)
    {
        using var fixture = new GateFixture();
        fixture.Fail(10);
        using var abort = new CancellationTokenSource();
        Task<GatePass> first = await WaitAsync(fixture, blocking, abort.Token);
        Task<GatePass> second = await WaitAsync(fixture, blocking);

        await abort.CancelAsync();

        OperationCanceledException exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal(abort.Token, exception.CancellationToken);
        fixture.Clock.Advance(GateState.MinPause);
        Assert.Equal(Probe, await second);
    }

    [Fact]
    public async Task Waiting_continues_on_the_captured_context()
    {
        using var fixture = new GateFixture();
        fixture.Fail(10);
        var context = new MarkedContext();
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(context);
        Task<SynchronizationContext?> enter;
        try
        {
            enter = EnterAsync();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }

        fixture.Clock.Advance(GateState.MinPause);
        Assert.Same(context, await enter);

        async Task<SynchronizationContext?> EnterAsync()
        {
            await fixture.Gate.EnterAsync(CancellationToken.None);
            return SynchronizationContext.Current;
        }
    }

    private static async Task<Task<GatePass>> WaitAsync(GateFixture fixture, bool blocking, CancellationToken abort = default)
    {
        Task<GatePass> enter = fixture.EnterAsync(blocking, abort);
        await Task.Yield();
        Assert.False(enter.IsCompleted);
        return enter;
    }

    private sealed class MarkedContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => ThreadPool.QueueUserWorkItem(_ =>
        {
            SetSynchronizationContext(this);
            d(state);
        });
    }
}
