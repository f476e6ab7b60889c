using Ingestion.Upstream;
using Microsoft.Extensions.Logging;

namespace Ingestion.Tests.Upstream;

/// <summary>What the probes of a closed gate ask for, how long they are apart, and what their answers mean.</summary>
public sealed class UpstreamGateProbeTests
{
    [Fact]
    public async Task The_pause_doubles_with_every_failed_probe_up_to_its_cap_and_starts_anew_after_a_success()
    {
        using var fixture = new GateFixture();
        fixture.Fail(10);
        foreach (double seconds in (double[])[0.5, 1, 2, 4, 8, 16, 30, 30])
        {
            Task<GatePass> next = fixture.EnterAsync(blocking: false);
            fixture.Clock.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
            Assert.Equal(1, fixture.Gate.Waiting);
            fixture.Clock.Advance(TimeSpan.FromMilliseconds(1));
            fixture.Gate.ReportFailure(await next, GateFixture.Failure());
        }

        fixture.Clock.Advance(GateState.MaxPause);
        fixture.Gate.ReportSuccess(fixture.Gate.Enter(CancellationToken.None));
        Assert.True(fixture.Gate.IsOpen);
        fixture.Fail(10);
        fixture.Clock.Advance(GateState.MinPause);
        Assert.Equal(new GatePass(IsProbe: true), fixture.Gate.Enter(CancellationToken.None));
        Assert.Equal(10, fixture.Messages.Count(message => message.Level == LogLevel.Warning));
    }

    [Fact]
    public void Every_other_probe_asks_for_the_character_that_got_an_answer_last()
    {
        using var fixture = new GateFixture();
        fixture.Gate.ReportSuccess(default, 41);
        fixture.Gate.ReportSuccess(default, 42);
        fixture.Gate.ReportSuccess(default);
        fixture.Fail(10);
        foreach (int? canary in (int?[])[42, null, 42, null])
        {
            fixture.Clock.Advance(GateState.MaxPause);
            GatePass probe = fixture.Gate.Enter(CancellationToken.None);
            Assert.Equal(new GatePass(IsProbe: true, canary), probe);
            fixture.Gate.ReportFailure(probe, GateFixture.Failure());
        }

        fixture.Clock.Advance(GateState.MaxPause);
        fixture.Gate.ReportSuccess(fixture.Gate.Enter(CancellationToken.None), 42);
        Assert.Equal(default, fixture.Gate.Enter(CancellationToken.None));
        fixture.Fail(10);
        fixture.Clock.Advance(GateState.MinPause);
        Assert.Equal(new GatePass(IsProbe: true, Canary: 42), fixture.Gate.Enter(CancellationToken.None));
    }

    [Fact]
    public void An_unwelcome_answer_to_the_probe_is_an_answer()
    {
        using var fixture = new GateFixture();
        fixture.Fail(10);
        fixture.Clock.Advance(GateState.MinPause);

        fixture.Gate.ReportFailure(fixture.Gate.Enter(CancellationToken.None), GateFixture.Failure(FetchFailureKind.ClientError, status: 400));

        Assert.True(fixture.Gate.IsOpen);
    }

    [Fact]
    public void Without_anybody_who_was_answered_there_is_no_doubt()
    {
        using var fixture = new GateFixture();
        fixture.Gate.ReportSuccess(default);

        Assert.False(fixture.Gate.TryDoubt(41));
        Assert.Equal(default, fixture.Gate.Enter(CancellationToken.None));
    }

    [Fact]
    public void Nobody_is_a_witness_for_itself()
    {
        using var fixture = new GateFixture();
        fixture.Gate.ReportSuccess(default, 41);

        Assert.False(fixture.Gate.TryDoubt(41));
        Assert.Equal(default, fixture.Gate.Enter(CancellationToken.None));

        Assert.True(fixture.Gate.TryDoubt(42));
        Assert.Equal(new GatePass(IsProbe: true, Canary: 41), fixture.Gate.Enter(CancellationToken.None));
    }

    [Fact]
    public void The_witness_is_whoever_was_answered_last()
    {
        using var fixture = new GateFixture();
        fixture.Gate.ReportSuccess(default, 41);
        fixture.Gate.ReportSuccess(default, 42);

        Assert.False(fixture.Gate.TryDoubt(42));
        Assert.True(fixture.Gate.TryDoubt(41));
        Assert.Equal(new GatePass(IsProbe: true, Canary: 42), fixture.Gate.Enter(CancellationToken.None));
    }

    [Fact]
    public async Task A_doubt_lets_nobody_through_until_the_witness_was_asked()
    {
        using var fixture = new GateFixture();
        fixture.Gate.ReportSuccess(default, 41);
        Assert.True(fixture.Gate.TryDoubt(42));
        GatePass probe = fixture.Gate.Enter(CancellationToken.None);
        Task<GatePass> next = fixture.EnterAsync(blocking: false);

        Assert.True(fixture.Gate.TryDoubt(43));
        Assert.Equal(1, fixture.Gate.Waiting);
        fixture.Gate.ReportSuccess(probe, 41);

        Assert.Equal(default, await next);
        Assert.Empty(fixture.Messages);
    }
}
