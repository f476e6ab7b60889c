using Ingestion.Upstream;

namespace Ingestion.Tests.Upstream;

/// <summary>What the gate says of itself, and whose word counts when several speak at once.</summary>
public sealed class GateStateTests
{
    private static readonly FetchFailure Unavailable = new(FetchFailureKind.ServerError, "HTTP 503", StatusCode: 503);
    private static readonly GatePass Attempt = new(IsProbe: false);
    private static readonly GatePass Probe = new(IsProbe: true);
    private readonly GateState _state = new(TimeSpan.FromDays(1), TimeSpan.FromDays(1));

    [Fact]
    public void It_says_how_long_it_closes_and_how_long_it_was_closed()
    {
        Assert.Equal(Seconds(4), Fail(Attempt, at: 10, retryAfter: 4).ClosedFor);

        _state.StartProbe(Seconds(14));
        Assert.Equal(Seconds(0.5), Fail(Probe, at: 15).ClosedFor);

        _state.StartProbe(Seconds(15.5));
        Assert.Equal(Seconds(6), _state.Succeed(Probe, Seconds(16)).ReopenedAfter);
        Assert.True(_state.IsOpen);
    }

    [Fact]
    public void A_probe_that_is_told_when_to_come_back_is_not_early()
    {
        Fail(Attempt, at: 0, retryAfter: 1);
        _state.StartProbe(Seconds(1));

        Assert.Equal(Seconds(20), Fail(Probe, at: 2, retryAfter: 20).ClosedFor);
        Assert.False(_state.IsProbeDue(Seconds(21.9)));
        Assert.True(_state.IsProbeDue(Seconds(22)));
    }

    [Fact]
    public void A_stumble_over_one_request_is_an_answer_unless_it_asks_for_time()
    {
        FetchFailure stumble = new(FetchFailureKind.ServerError, "HTTP 500", StatusCode: 500);
        Fail(Attempt, at: 0, retryAfter: 1);
        _state.StartProbe(Seconds(1));
        Assert.Equal(Seconds(7), _state.Fail(Probe, stumble with { RetryAfter = Seconds(7) }, Seconds(2)).ClosedFor);

        _state.StartProbe(Seconds(9));
        Assert.NotNull(_state.Fail(Probe, stumble, Seconds(10)).ReopenedAfter);
    }

    [Fact]
    public void The_longest_wait_that_was_asked_for_holds()
    {
        Fail(Attempt, at: 0, retryAfter: 1);
        _state.StartProbe(Seconds(1));

        Fail(Attempt, at: 1, retryAfter: 30); // began before the gate closed
        Assert.Equal(Seconds(29), Fail(Probe, at: 2).ClosedFor);
        Assert.Equal(Seconds(31), _state.ReopensAt);

        Fail(Attempt, at: 3, retryAfter: 5);
        Assert.Equal(Seconds(31), _state.ReopensAt);
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private GateTransition Fail(GatePass pass, double at, double? retryAfter = null) =>
        _state.Fail(pass, Unavailable with { RetryAfter = retryAfter is { } seconds ? Seconds(seconds) : null }, Seconds(at));
}
