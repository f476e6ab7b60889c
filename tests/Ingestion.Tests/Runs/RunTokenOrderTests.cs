using Ingestion.Runs;
using TestSupport.Time;

namespace Ingestion.Tests.Runs;

/// <summary>Whoever sees one token of a run has seen those before it.</summary>
public sealed class RunTokenOrderTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly CancellationTokenSource _stopReading = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly CancellationTokenSource _lost = new();
    private readonly RunTokens _tokens;

    public RunTokenOrderTests() => _tokens = new RunTokens(_time, _stopReading.Token, _abort.Token, _lost.Token);

    private (bool StopReading, bool Abort, bool GiveUp) Fired =>
        (_tokens.StopReading.IsCancellationRequested, _tokens.Abort.IsCancellationRequested, _tokens.GiveUp.IsCancellationRequested);

    public void Dispose()
    {
        _tokens.Dispose();
        _stopReading.Dispose();
        _abort.Dispose();
        _lost.Dispose();
    }

    [Fact]
    public void A_stop_lets_what_is_in_flight_finish()
    {
        _stopReading.Cancel();

        Assert.Equal((true, false, false), Fired);
    }

    [Fact]
    public void After_an_abort_the_last_commit_has_some_seconds()
    {
        _abort.Cancel();
        Assert.Equal((true, true, false), Fired);
        _time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.Equal((true, true, false), Fired);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal((true, true, true), Fired);
        Assert.False(_tokens.IsLost);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_lost_lease_fires_all_of_them_and_the_last_one_last(bool isAborted)
    {
        TaskCompletionSource<(bool, bool, bool)> seen = new();
        using CancellationTokenRegistration registration = _tokens.GiveUp.Register(() => seen.SetResult(Fired));
        if (isAborted)
            await _abort.CancelAsync();

        await _lost.CancelAsync();

        Assert.Equal((true, true, true), await seen.Task);
        Assert.True(_tokens.IsLost);
    }

    [Fact]
    public void What_fires_before_or_after_the_run_is_no_matter()
    {
        _tokens.Dispose();
        _abort.Cancel();
        _lost.Cancel();
        Assert.Equal((false, false, false), Fired);

        using RunTokens late = new(_time, _stopReading.Token, _abort.Token);
        Assert.True(late.Abort.IsCancellationRequested);
        Assert.True(late.StopReading.IsCancellationRequested);
    }

    [Fact]
    public async Task Nobody_who_waits_runs_inside_of_the_cancellation()
    {
        int thread = Environment.CurrentManagedThreadId;
        TaskCompletionSource<int> ran = new();
        using CancellationTokenRegistration registration = _tokens.Abort.Register(() => ran.SetResult(Environment.CurrentManagedThreadId));

        _abort.Cancel();

        Assert.True(_tokens.Abort.IsCancellationRequested);
        RunFixture.Until(() => ran.Task.IsCompleted, "the callback");
        Assert.NotEqual(thread, await ran.Task);
    }
}
