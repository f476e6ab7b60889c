using Ingestion.Upstream;

namespace Ingestion.Tests.Upstream;

public sealed class UpstreamGateQuotaTests
{
    [Theory]
    [InlineData(1, 0.3)]
    [InlineData(16, 1)]
    [InlineData(64, 0.2)]
    [InlineData(64, 5)]
    public async Task An_announced_quota_is_used_up_and_not_exceeded(int slots, double slowest)
    {
        const int quota = 100, windows = 5;
        using var fixture = new GateFixture();
        var random = new Random(7);
        List<Task<GatePass>> entering = [.. Enumerable.Range(0, slots).Select(_ => fixture.EnterAsync(blocking: false))];
        List<(double Counted, double Ends, GatePass Pass)> sent = [];
        List<(double Ends, Quota Announced, GatePass Pass)> counted = [];
        List<int> taken = [];
        double ends = 0;
        for (double now = 0; taken.Count <= windows; now += 0.05, fixture.Clock.Advance(TimeSpan.FromSeconds(0.05)))
        {
            foreach ((double at, double end, GatePass pass) in sent.Where(request => request.Counted <= now).OrderBy(request => request.Counted).ToArray())
            {
                sent.Remove((at, end, pass));
                if (at >= ends)
                    (ends, taken) = (at + 60, [.. taken, 0]);
                taken[^1]++;
                counted.Add((end, new Quota(Math.Max(0, quota - taken[^1]), TimeSpan.FromSeconds(Math.Ceiling(ends - at) + 1), quota, "X-RateLimit-Remaining"), pass));
            }

            foreach ((double end, Quota announced, GatePass pass) in counted.Where(request => request.Ends <= now).ToArray())
            {
                counted.Remove((end, announced, pass));
                fixture.Gate.Heed(announced);
                fixture.Gate.ReportSuccess(pass);
                entering.Add(fixture.EnterAsync(blocking: false));
            }

            for (int passed = entering.Count - fixture.Gate.Waiting; passed > 0; passed--)
            {
                GatePass pass = await entering[0];
                entering.RemoveAt(0);
                double at = now + (random.NextDouble() * slowest / 2);
                sent.Add((at, at + (random.NextDouble() * slowest / 2), pass));
            }
        }

        Assert.All(taken.Take(windows), window => Assert.InRange(window, quota * 0.95, quota));
        (Microsoft.Extensions.Logging.LogLevel level, string text) = Assert.Single(fixture.Messages);
        Assert.Equal(Microsoft.Extensions.Logging.LogLevel.Information, level);
        Assert.Contains("limits requests: the quota of 100 requests is used up until 00:01:", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_requests_wait_for_the_answers_of_those_in_flight()
    {
        using var fixture = new GateFixture();
        for (int i = 0; i < 3; i++)
            await fixture.EnterAsync(blocking: false);
        Answer(remaining: 3);
        Task<GatePass>[] next = [.. Enumerable.Range(0, 3).Select(_ => fixture.EnterAsync(blocking: false))];
        await next[0];
        Assert.Equal(2, fixture.Gate.Waiting);

        // It was counted before, and comes late.
        Answer(remaining: 4);
        await next[1];
        Assert.Equal(1, fixture.Gate.Waiting);

        Answer(remaining: 2);
        Assert.Equal(1, fixture.Gate.Waiting);
        fixture.Gate.ReportAborted(default);
        await next[2];

        void Answer(long remaining)
        {
            fixture.Gate.Heed(new Quota(remaining, TimeSpan.FromSeconds(30), null, "RateLimit"));
            fixture.Gate.ReportSuccess(default);
        }
    }

    [Fact]
    public async Task A_quota_that_is_used_up_closes_the_gate_and_says_until_when()
    {
        using var fixture = new GateFixture();
        await fixture.EnterAsync(blocking: false);
        fixture.Gate.Heed(new Quota(0, TimeSpan.FromSeconds(30), null, "Retry-After"));
        fixture.Gate.ReportSuccess(default);
        Task<GatePass> first = fixture.EnterAsync(blocking: false), second = fixture.EnterAsync(blocking: false);

        Assert.False(fixture.Gate.IsOpen);
        Assert.True(fixture.Gate.HasQuota);
        Assert.Equal("no more requests are allowed for now until 00:00:30 UTC, as the upstream announced (Retry-After)", fixture.Gate.WhyClosed);
        fixture.Clock.Advance(TimeSpan.FromSeconds(29.9));
        Assert.Equal(2, fixture.Gate.Waiting);

        fixture.Clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(new GatePass(IsProbe: true), await first);
        Assert.Equal(1, fixture.Gate.Waiting);
        fixture.Gate.ReportSuccess(await first);
        await second;
        Assert.True(fixture.Gate.IsOpen);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task No_announcement_stops_it_for_longer_than_a_retry_after_may(bool isUsedUp)
    {
        using var fixture = new GateFixture();
        await fixture.EnterAsync(blocking: false);
        await fixture.EnterAsync(blocking: false);
        fixture.Gate.Heed(new Quota(isUsedUp ? 0 : 1, TimeSpan.FromDays(3650), 1, "RateLimit"));
        fixture.Gate.ReportSuccess(default);
        Task<GatePass> first = fixture.EnterAsync(blocking: false), second = fixture.EnterAsync(blocking: false);
        if (isUsedUp)
            fixture.Gate.ReportAborted(default); // Otherwise one that never ends is still out.
        Assert.Equal(2, fixture.Gate.Waiting);

        fixture.Clock.Advance(fixture.CurrentValue.MaxRetryAfter);
        if (!isUsedUp)
            fixture.Gate.ReportAborted(default);
        fixture.Gate.ReportSuccess(await first);
        await second;
    }

    [Fact]
    public async Task A_renewed_quota_is_begun_with_as_many_at_once_as_there_are()
    {
        using var fixture = new GateFixture();
        await fixture.EnterAsync(blocking: false);
        fixture.Gate.Heed(new Quota(50, TimeSpan.FromSeconds(10), 3, "RateLimit"));
        fixture.Gate.ReportSuccess(default);
        fixture.Clock.Advance(TimeSpan.FromSeconds(11));

        Task<GatePass>[] all = [.. Enumerable.Range(0, 5).Select(_ => fixture.EnterAsync(blocking: false))];

        await Task.WhenAll(all[..3]);
        Assert.Equal(2, fixture.Gate.Waiting);
        fixture.Gate.ReportSuccess(default);
        await all[3];
    }
}
