using Ingestion.Upstream;

namespace Ingestion.Tests.Upstream;

public sealed class RecoverabilityTests
{
    private const int MaxAttempts = 5;

    // R: tried again, and counted. U: tried again, and not counted. F: dead-lettered. Four letters each for the first attempt, the last one, and
    // a first one that used up the item's time: an ordinary attempt, one with Retry-After, a probe, a probe with Retry-After.
    private static readonly Dictionary<FetchFailureKind, string> Table = new()
    {
        [FetchFailureKind.Timeout] = "RUUU FUUU FUUU",
        [FetchFailureKind.ConnectionFailed] = "UUUU UUUU UUUU",
        [FetchFailureKind.ConnectionLost] = "RUUU FUUU FUUU",
        [FetchFailureKind.RequestTimeout] = "RUUU FUUU FUUU",
        [FetchFailureKind.TooManyRequests] = "UUUU UUUU UUUU",
        [FetchFailureKind.ServerError] = "RUUU FUUU FUUU",
        [FetchFailureKind.ClientError] = "FUFU FUFU FUFU",
        [FetchFailureKind.BodyTooLarge] = "FUFU FUFU FUFU",
        [FetchFailureKind.RedirectRefused] = "FUFU FUFU FUFU",
        [FetchFailureKind.UnexpectedResponse] = "FUFU FUFU FUFU",
    };

    public static TheoryData<string, int, bool, int?, bool, char> Rows
    {
        get
        {
            var rows = new TheoryData<string, int, bool, int?, bool, char>();
            foreach (FetchFailureKind kind in Enum.GetValues<FetchFailureKind>())
            {
                string verdicts = Table[kind].Replace(" ", "", StringComparison.Ordinal);
                for (int column = 0; column < verdicts.Length; column++)
                {
                    int attempt = column / 4 == 1 ? MaxAttempts : 1;
                    rows.Add(kind.ToString(), attempt, column / 4 == 2, column % 2 == 1 ? 7 : null, column % 4 >= 2, verdicts[column]);
                }
            }

            return rows;
        }
    }

    [Theory, MemberData(nameof(Rows))]
    public void Every_failure_has_its_row(string kind, int attempt, bool isTimeUp, int? retryAfter, bool isProbe, char expected)
    {
        TimeSpan? asked = retryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

        RecoverabilityAction action = Recoverability.Decide(
            new FetchFailure(Enum.Parse<FetchFailureKind>(kind), "", asked), attempt, MaxAttempts, isTimeUp, isProbe, jitter: 0.5);

        Assert.Equal(expected, action switch { { IsRetry: false } => 'F', { IsCounted: true } => 'R', _ => 'U' });
        if (expected == 'F')
            Assert.Equal(new RecoverabilityAction(IsRetry: false, TimeSpan.Zero, IsCounted: true), action);
        else if (asked is { } wait)
            Assert.InRange(action.Delay, wait, wait + Recoverability.BaseDelay);
        else
            Assert.Equal(Recoverability.BackOff(expected == 'U' ? Math.Max(attempt, 4) : attempt, jitter: 0.5), action.Delay);
    }

    [Fact]
    public void No_attempt_before_the_last_is_the_last() => Assert.All(
        Enumerable.Range(1, MaxAttempts + 1),
        attempt => Assert.Equal(attempt < MaxAttempts, Recoverability.Decide(
            new FetchFailure(FetchFailureKind.Timeout, ""), attempt, MaxAttempts, isTimeUp: false, isProbe: false, jitter: 0.5).IsRetry));

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
            new FetchFailure(FetchFailureKind.TooManyRequests, "", asked), countedAttempts: 9, maxAttempts: 20, isTimeUp: false, isProbe: false, jitter);

        Assert.InRange(action.Delay, asked, asked + Recoverability.BaseDelay);
    }
}
