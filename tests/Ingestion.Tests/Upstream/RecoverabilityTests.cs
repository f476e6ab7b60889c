using Ingestion.Upstream;

namespace Ingestion.Tests.Upstream;

public sealed class RecoverabilityTests
{
    [Theory]
    [InlineData(nameof(FetchFailureKind.Timeout), true)]
    [InlineData(nameof(FetchFailureKind.ConnectionFailed), true)]
    [InlineData(nameof(FetchFailureKind.ConnectionLost), true)]
    [InlineData(nameof(FetchFailureKind.RequestTimeout), true)]
    [InlineData(nameof(FetchFailureKind.TooManyRequests), true)]
    [InlineData(nameof(FetchFailureKind.ServerError), true)]
    [InlineData(nameof(FetchFailureKind.ClientError), false)]
    [InlineData(nameof(FetchFailureKind.BodyTooLarge), false)]
    [InlineData(nameof(FetchFailureKind.RedirectRefused), false)]
    [InlineData(nameof(FetchFailureKind.UnexpectedResponse), false)]
    public void What_may_pass_is_tried_again_and_what_is_lasting_is_not(string kind, bool isRetry)
    {
        RecoverabilityAction action = Decide(Enum.Parse<FetchFailureKind>(kind));

        Assert.Equal(isRetry, action.IsRetry);
        if (!isRetry)
            Assert.Equal(new RecoverabilityAction(IsRetry: false, TimeSpan.Zero, IsCounted: true), action);
    }

    [Fact]
    public void Every_kind_is_decided_about() => Assert.Equal(10, Enum.GetValues<FetchFailureKind>().Length);

    [Theory]
    [InlineData(nameof(FetchFailureKind.Timeout))]
    [InlineData(nameof(FetchFailureKind.ConnectionLost))]
    [InlineData(nameof(FetchFailureKind.RequestTimeout))]
    [InlineData(nameof(FetchFailureKind.ServerError))]
    public void An_item_that_fails_on_its_own_is_dead_lettered_after_the_last_attempt(string kind)
    {
        Assert.Equal((true, true), Verdict(Decide(Enum.Parse<FetchFailureKind>(kind), countedAttempts: 4)));
        Assert.Equal((false, true), Verdict(Decide(Enum.Parse<FetchFailureKind>(kind), countedAttempts: 5)));
    }

    [Theory]
    [InlineData(nameof(FetchFailureKind.TooManyRequests), null, false)]
    [InlineData(nameof(FetchFailureKind.TooManyRequests), 1, false)]
    [InlineData(nameof(FetchFailureKind.ConnectionFailed), null, false)]
    [InlineData(nameof(FetchFailureKind.ServerError), 1, false)]
    [InlineData(nameof(FetchFailureKind.ServerError), null, true)]
    [InlineData(nameof(FetchFailureKind.Timeout), null, true)]
    public void What_says_nothing_about_the_item_is_not_counted(string kind, int? retryAfter, bool isProbe)
    {
        RecoverabilityAction action = Decide(
            Enum.Parse<FetchFailureKind>(kind), countedAttempts: 5, isProbe, retryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null);

        Assert.Equal((true, false), Verdict(action));
    }

    [Fact]
    public void A_lasting_failure_of_a_probe_is_still_lasting() =>
        Assert.Equal((false, true), Verdict(Decide(FetchFailureKind.ClientError, isProbe: true)));

    [Theory]
    [InlineData(1, 0.2)]
    [InlineData(2, 0.4)]
    [InlineData(3, 0.8)]
    [InlineData(8, 25.6)]
    [InlineData(9, 30)]
    [InlineData(1000, 30)]
    [InlineData(int.MaxValue, 30)]
    public void The_back_off_doubles_up_to_its_cap_and_is_spread_evenly(int attempts, double seconds)
    {
        Assert.Equal(TimeSpan.FromSeconds(seconds), Recoverability.BackOff(attempts, jitter: 1));
        Assert.Equal(TimeSpan.FromSeconds(seconds / 4), Recoverability.BackOff(attempts, jitter: 0.25));
        Assert.Equal(TimeSpan.Zero, Recoverability.BackOff(attempts, jitter: 0));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.1, 0.5)]
    [InlineData(90, 0)]
    [InlineData(3600, 1)]
    public void Retry_after_wins_and_is_never_early(double seconds, double jitter)
    {
        TimeSpan asked = TimeSpan.FromSeconds(seconds);

        RecoverabilityAction action = Recoverability.Decide(
            new FetchFailure(FetchFailureKind.TooManyRequests, "", asked), countedAttempts: 9, maxAttempts: 20, isProbe: false, jitter);

        Assert.InRange(action.Delay, asked, asked + Recoverability.BaseDelay);
    }

    private static (bool IsRetry, bool IsCounted) Verdict(RecoverabilityAction action) => (action.IsRetry, action.IsCounted);

    private static RecoverabilityAction Decide(FetchFailureKind kind, int countedAttempts = 1, bool isProbe = false, TimeSpan? retryAfter = null) =>
        Recoverability.Decide(new FetchFailure(kind, "", retryAfter), countedAttempts, maxAttempts: 5, isProbe, jitter: 0.5);
}
